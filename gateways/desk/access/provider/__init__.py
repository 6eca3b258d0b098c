"""People by an OpenID provider: signing in, asking again whether that still holds, signing out."""
