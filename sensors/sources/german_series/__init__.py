"""A collector's series of German car parks: one wide CSV a day."""
