// The certified `oidc-provider` on loopback, with people, groups, and switches that make it misbehave.
//
//   node server.mjs --port 0
//
// prints one line of JSON: {"issuer": "http://127.0.0.1:PORT"}. People log in by `login_hint` or by the form's field
// `login`; nobody has a password. Everything under /test exists for tests only.
import { createServer } from "node:http";
import { exportJWK, generateKeyPair, importJWK, SignJWT, decodeJwt, decodeProtectedHeader } from "jose";
import Provider from "oidc-provider";

const argument = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : process.argv[at + 1];
};

const PEOPLE = {
  eli: { name: "Eli Engineer", email: "eli@example.org", groups: ["engineers"] },
  lea: { name: "Lea Lead", email: "lea@example.org", groups: ["engineers", "leads"] },
  nia: { name: "Nia On-call", email: "nia@example.org", groups: ["on-call"] },
  fay: { name: "Fay Finance", email: "fay@example.org", groups: ["finance"] },
  ada: { name: "Ada Admin", email: "ada@example.org", groups: ["admins"] },
  solo: { name: "Solo", email: "solo@example.org", groups: "leads" },
  nobody: { name: "No Body", email: "nobody@example.org", groups: ["strangers"] },
};

async function makeKey(kid) {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, use: "sig", alg: "RS256" };
}

let keys = [await makeKey("first")];
/** What `spoil` does to the next ID token. */
let tamper = null;
let clients = [];

const account = (id) => ({
  accountId: id,
  claims: () => ({ sub: id, ...PEOPLE[id] }),
});

function makeProvider(issuer) {
  const provider = new Provider(issuer, {
    clients,
    jwks: { keys },
    claims: { openid: ["sub"], profile: ["name"], email: ["email"], groups: ["groups"] },
    // Groups in the ID token, as most providers of companies do.
    conformIdTokenClaims: false,
    scopes: ["openid", "profile", "email", "groups"],
    pkce: { required: () => true },
    cookies: { keys: ["test only"] },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          ctx.body = `<!DOCTYPE html><html lang="en"><title>Log out</title><link rel="icon" href="data:,"><body>${form}<button autofocus
            type="submit" form="op.logoutForm" value="yes" name="logout">Log out here too</button></body></html>`;
        },
      },
    },
    findAccount: (_, id) => (PEOPLE[id] ? account(id) : undefined),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client.clientId,
        accountId: ctx.oidc.session.accountId,
      });
      grant.addOIDCScope("openid profile email groups");
      await grant.save();
      return grant;
    },
    ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 600, Session: 86400, Grant: 86400 },
    // The provider refuses to call loopback addresses by itself; here everything is on loopback.
    fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options),
    renderError: (ctx, out) => {
      ctx.type = "json";
      ctx.body = out;
    },
  });
  provider.on("backchannel.error", (ctx, error) => console.error("back channel", error.cause ?? error));
  provider.on("server_error", (ctx, error) => console.error("server", error));
  provider.use(async (ctx, next) => {
    await next();
    if (tamper && ctx.path === "/token" && ctx.body?.id_token) {
      ctx.body = { ...ctx.body, id_token: await spoil(ctx.body.id_token, tamper) };
      tamper = null;
    }
  });
  return provider;
}

async function spoil(token, how) {
  const claims = decodeJwt(token);
  const header = decodeProtectedHeader(token);
  let key = keys.find((k) => k.kid === header.kid);
  if (how === "key") key = await makeKey(header.kid);
  if (how === "unknown_key") {
    key = await makeKey("never-published");
    header.kid = "never-published";
  }
  if (how === "nonce") claims.nonce = "another";
  if (how === "audience") claims.aud = "another-client";
  if (how === "issuer") claims.iss = "https://evil.example";
  if (how === "expired") claims.exp = claims.iat - 3600;
  if (how === "no_auth_time") delete claims.auth_time;
  if (how === "old_auth_time") claims.auth_time -= 7200;
  if (how === "no_groups") delete claims.groups;
  if (how === "groups_elsewhere") {
    claims.realm_access = { roles: claims.groups };
    delete claims.groups;
  }
  return new SignJWT(claims).setProtectedHeader(header).sign(await importJWK(key, "RS256"));
}

const body = async (request) => {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
};

let issuer;
let provider;
let handle;
const rebuild = () => {
  provider = makeProvider(issuer);
  handle = provider.callback();
};

async function interaction(request, response) {
  const details = await provider.interactionDetails(request, response);
  const form = request.method === "POST" ? new URLSearchParams(await body(request)) : null;
  const login = form?.get("login") ?? details.params.login_hint;
  if (login && PEOPLE[login]) {
    await provider.interactionFinished(request, response, { login: { accountId: login } });
    return;
  }
  const people = Object.entries(PEOPLE).map(([id, { name }]) => `<button name="login" value="${id}">${name}</button>`).join(" ");
  response.setHeader("content-type", "text/html; charset=utf-8");
  response.end(`<!DOCTYPE html><html lang="en"><title>Log in</title><link rel="icon" href="data:,"><body><form method="post">
    <label>Who are you? <input name="login" autofocus></label><button>Log in</button></form>
    <form method="post">${people}</form></body></html>`);
}

/** Signs anything with a key of the provider: logout tokens as they should and should not be. */
async function sign(request) {
  const { claims, typ = "logout+jwt", foreign = false } = JSON.parse(await body(request));
  const key = foreign ? await makeKey(keys[0].kid) : keys[0];
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "RS256", kid: key.kid, typ })
    .sign(await importJWK(key, "RS256"));
}

const server = createServer(async (request, response) => {
  try {
    const url = new URL(request.url, issuer);
    if (url.pathname.startsWith("/interaction/")) return await interaction(request, response);
    if (url.pathname === "/test/client") {
      const redirect = JSON.parse(await body(request));
      clients = [
        {
          client_id: "lockkeeper",
          client_secret: "a secret/with:odd+chars",
          redirect_uris: [`${redirect.public_url}/login/callback`],
          post_logout_redirect_uris: [`${redirect.public_url}/logged-out`],
          backchannel_logout_uri: redirect.backchannel_url,
          backchannel_logout_session_required: true,
          scope: "openid profile email groups",
        },
      ];
      rebuild();
      return response.end("ok");
    }
    if (url.pathname === "/test/tamper") {
      tamper = url.searchParams.get("how");
      return response.end("ok");
    }
    if (url.pathname === "/test/rotate") {
      keys = [await makeKey(`rotated-${Date.now()}`)];
      rebuild();
      return response.end("ok");
    }
    if (url.pathname === "/test/sign") return response.end(await sign(request));
    return await handle(request, response);
  } catch (error) {
    response.statusCode = 500;
    response.end(String(error.stack ?? error));
  }
});

// Ends with the test that started it, even when that test was killed.
process.stdin.on("end", () => process.exit(0)).resume();

server.listen(Number(argument("port", "0")), "127.0.0.1", () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  rebuild();
  console.log(JSON.stringify({ issuer }));
});
