// A real identity provider for tests: oidc-provider (certified by the OpenID Foundation) with one client, and people who
// are whoever they say at its form. The settings come as JSON in the first argument; "ready" is said when it listens.

import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const { port, redirectUris, afterLogout, secret, refresh = true } = JSON.parse(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;

const groups = { 'm.durand': ['desk', 'staff'], 'a.chef': ['boss'], 'j.petit': ['staff'] };
const removed = new Set();

const provider = new Provider(issuer, {
  clients: [{
    client_id: 'placelibre',
    client_secret: secret,
    redirect_uris: redirectUris,
    post_logout_redirect_uris: afterLogout,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
  }],
  claims: { openid: ['sub'], profile: ['preferred_username', 'groups'] },
  conformIdTokenClaims: false, // claims of the scope stand in the ID token, as most providers have it
  cookies: { keys: ['a key of the tests'] },
  features: { devInteractions: { enabled: true }, revocation: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  findAccount: (context, id) => removed.has(id) ? undefined : {
    accountId: id,
    claims: () => ({ sub: id, preferred_username: id, groups: groups[id] ?? [] }),
  },
  issueRefreshToken: () => refresh,
  pkce: { required: () => true },
});

const answer = provider.callback();
createServer((request, response) => {
  const removal = /^\/tests\/remove\/(.+)$/.exec(request.url);
  if (removal) {
    removed.add(decodeURIComponent(removal[1]));
    response.end('removed');
    return;
  }
  answer(request, response);
}).listen(port, '127.0.0.1', () => console.log('ready'));
