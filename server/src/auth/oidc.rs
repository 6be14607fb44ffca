//! The OpenID provider: discovery, the code flow with PKCE, its keys, and what it says about a person.
//!
//! The provider's documents are fetched when first needed and kept; a key nobody knows makes us fetch them again, so that
//! a rotation of keys needs no restart. A provider that does not answer stops logins and nothing else.

mod fetch;
mod logout_token;

use std::{collections::BTreeSet, sync::Arc};

use app::ports::Clock;
use jiff::{SignedDuration, Timestamp};
use openidconnect::{
    AccessTokenHash, AuthType, AuthenticationFlow, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenVerifier, IssuerUrl, JsonWebKeySet, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, ProviderMetadataWithLogout, RedirectUrl,
    RequestTokenError, Scope, SignatureVerificationError, TokenResponse as _,
    core::{
        CoreAuthPrompt, CoreClient, CoreClientAuthMethod, CoreIdToken, CoreIdTokenClaims, CoreJsonWebKey,
        CoreJwsSigningAlgorithm, CoreResponseType,
    },
};
use serde_json::{Map, Value};
use tokio::sync::{Mutex, RwLock};
use url::Url;

use self::fetch::{FetchError, Fetcher};
use super::claims::groups_at;
use crate::config::{OidcConfig, ServerConfig};

pub use self::logout_token::LogoutSubject;

type RelyingParty =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// How long the provider's documents are used without looking again.
const DOCUMENTS_SECS: i64 = 3600;
/// How far the clocks of provider and us may differ.
const SKEW_SECS: i64 = 60;
/// A stranger's token cannot make us ask the provider more often than this.
const REFETCH_SECS: i64 = 30;

/// Why a login could not be finished. `Display` is for people; nothing of it is secret.
#[derive(Clone, Debug, thiserror::Error)]
pub enum OidcError {
    /// The provider does not answer, or not as a provider does.
    #[error("the login service cannot be reached: {0}")]
    Unreachable(String),
    /// The provider answered, and the answer must not be believed.
    #[error("the answer of the login service was refused: {0}")]
    Untrusted(String),
    /// A fresh login was asked for and the provider did not confirm one.
    #[error("the login service did not confirm that you logged in just now")]
    NotFresh,
}

/// What has to come back unchanged from a login that was begun.
pub struct Begun {
    pub url: Url,
    pub state: String,
    pub nonce: String,
    pub pkce_verifier: String,
}

/// What the provider said about a person, verified.
#[derive(Clone)]
pub struct Identity {
    pub subject: String,
    pub name: String,
    pub email: Option<String>,
    pub groups: Vec<String>,
    /// `auth_time`: when the person proved who they are.
    pub authenticated_at: Option<Timestamp>,
    /// `sid`.
    pub provider_session: Option<String>,
    pub id_token: String,
}

/// What must be true of the login that comes back.
#[derive(Clone, Copy, Debug)]
pub struct Freshness {
    /// Not older than this when it comes back.
    pub max_age_secs: u64,
    /// For a step-up: proved after this moment.
    pub not_before: Option<Timestamp>,
}

/// What a provider looks like from here.
#[derive(Clone, Copy, Debug)]
pub struct ProviderLook {
    /// Keys its tokens can be verified with.
    pub keys: usize,
}

struct Documents {
    metadata: ProviderMetadataWithLogout,
    fetched_at: Timestamp,
}

pub struct OidcClient {
    config: OidcConfig,
    redirect_uri: RedirectUrl,
    after_logout: String,
    fetcher: Fetcher,
    documents: RwLock<Option<Arc<Documents>>>,
    /// Held by the one who asks the provider; what the last one was told who got no answer, and when.
    asking: Mutex<Option<(Timestamp, OidcError)>>,
    clock: Arc<dyn Clock>,
}

fn untrusted(error: impl std::fmt::Display) -> OidcError {
    OidcError::Untrusted(error.to_string())
}

fn is_unknown_key(error: &ClaimsVerificationError) -> bool {
    matches!(
        error,
        ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::NoMatchingKey | SignatureVerificationError::AmbiguousKeyId(_)
        )
    )
}

impl OidcClient {
    /// # Errors
    /// When the configured addresses cannot be used, or the machine's TLS roots cannot be read.
    pub fn new(config: &OidcConfig, server: &ServerConfig, clock: Arc<dyn Clock>) -> Result<Self, OidcError> {
        let redirect_uri = RedirectUrl::new(server.absolute("/login/callback")).map_err(untrusted)?;
        Ok(Self {
            config: config.clone(),
            redirect_uri,
            after_logout: server.absolute("/logged-out"),
            fetcher: Fetcher::new().map_err(|error| OidcError::Unreachable(error.to_string()))?,
            documents: RwLock::new(None),
            asking: Mutex::new(None),
            clock,
        })
    }

    pub fn issuer(&self) -> &str {
        &self.config.issuer
    }

    /// Origins a form of ours may end up at: what `form-action` of the content security policy must allow.
    pub fn redirect_origins(&self) -> Vec<String> {
        let mut origins: BTreeSet<String> = self.config.redirect_origins.iter().cloned().collect();
        origins.extend(Url::parse(&self.config.issuer).ok().map(|url| url.origin().ascii_serialization()));
        if let Ok(documents) = self.documents.try_read()
            && let Some(documents) = documents.as_ref()
        {
            origins.insert(documents.metadata.authorization_endpoint().url().origin().ascii_serialization());
            let end = &documents.metadata.additional_metadata().end_session_endpoint;
            origins.extend(end.as_ref().map(|end| end.url().origin().ascii_serialization()));
        }
        origins.into_iter().collect()
    }

    /// The kept documents, or fresh ones when there are none, they are old, or they must be newer than `known`.
    ///
    /// However many logins want fresh ones at the same moment, one of them asks and the others take what it was told.
    async fn documents(&self, newer_than: Option<Timestamp>) -> Result<Arc<Documents>, OidcError> {
        let asked_at = self.clock.now();
        if let Some(kept) = self.kept(newer_than).await {
            return Ok(kept);
        }
        let mut asking = self.asking.lock().await;
        if let Some(kept) = self.kept(newer_than).await {
            return Ok(kept);
        }
        let told = asking.as_ref().filter(|(at, _)| *at > asked_at).map(|(_, error)| error.clone());
        let outcome = match told {
            Some(error) => Err(error),
            None => self.fetch_documents().await,
        };
        match outcome {
            Ok(fresh) => {
                *asking = None;
                *self.documents.write().await = Some(fresh.clone());
                Ok(fresh)
            }
            Err(error) => {
                *asking = Some((self.clock.now(), error.clone()));
                // Old documents are better than none, unless the point was to get newer ones.
                match self.documents.read().await.clone().filter(|_| newer_than.is_none()) {
                    Some(kept) => {
                        tracing::warn!(oidc.issuer = %self.config.issuer, %error, "using kept provider documents");
                        Ok(kept)
                    }
                    None => Err(error),
                }
            }
        }
    }

    /// What was fetched before, where it is young and new enough.
    async fn kept(&self, newer_than: Option<Timestamp>) -> Option<Arc<Documents>> {
        let kept = self.documents.read().await.clone()?;
        let is_young = self.clock.now().as_second() - kept.fetched_at.as_second() < DOCUMENTS_SECS;
        (is_young && newer_than.is_none_or(|known| kept.fetched_at > known)).then_some(kept)
    }

    async fn fetch_documents(&self) -> Result<Arc<Documents>, OidcError> {
        let issuer = IssuerUrl::new(self.config.issuer.clone()).map_err(untrusted)?;
        let metadata = ProviderMetadataWithLogout::discover_async(issuer, &self.fetcher).await.map_err(|error| {
            use openidconnect::DiscoveryError as E;
            match error {
                E::Request(error) => OidcError::Unreachable(error.to_string()),
                E::Response(status, _, _) => OidcError::Unreachable(format!("it answered {status}")),
                E::Parse(_) => OidcError::Unreachable("its discovery document cannot be read".to_owned()),
                other => OidcError::Unreachable(other.to_string()),
            }
        })?;
        Ok(Arc::new(Documents { metadata, fetched_at: self.clock.now() }))
    }

    fn relying_party(&self, documents: &Documents) -> RelyingParty {
        let client = CoreClient::from_provider_metadata(
            documents.metadata.clone(),
            ClientId::new(self.config.client_id.clone()),
            self.config.client_secret.as_ref().map(|secret| ClientSecret::new(secret.expose().to_owned())),
        )
        .set_redirect_uri(self.redirect_uri.clone());
        let methods = documents.metadata.token_endpoint_auth_methods_supported();
        let wants_body = methods.is_some_and(|methods| {
            methods.contains(&CoreClientAuthMethod::ClientSecretPost)
                && !methods.contains(&CoreClientAuthMethod::ClientSecretBasic)
        });
        if wants_body { client.set_auth_type(AuthType::RequestBody) } else { client }
    }

    /// What the provider publishes, asked for now.
    pub async fn look(&self) -> Result<ProviderLook, OidcError> {
        let documents = self.fetch_documents().await?;
        Ok(ProviderLook { keys: documents.metadata.jwks().keys().len() })
    }

    /// Where to send the browser, and what to remember until it comes back.
    pub async fn begin(&self, max_age_secs: u64, is_step_up: bool) -> Result<Begun, OidcError> {
        let documents = self.documents(None).await?;
        let client = self.relying_party(&documents);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .set_pkce_challenge(challenge)
            .add_scopes(
                self.config.scopes.iter().filter(|scope| *scope != "openid").map(|scope| Scope::new(scope.clone())),
            )
            // Asking for an age makes the provider say when the person logged in (`auth_time`).
            .set_max_age(std::time::Duration::from_secs(if is_step_up { 0 } else { max_age_secs }));
        if is_step_up {
            request = request.add_prompt(CoreAuthPrompt::Login);
        }
        let (url, state, nonce) = request.url();
        Ok(Begun {
            url,
            state: state.secret().clone(),
            nonce: nonce.secret().clone(),
            pkce_verifier: verifier.secret().clone(),
        })
    }

    /// Exchanges the code and verifies everything about the answer.
    pub async fn finish(
        &self,
        code: &str,
        nonce: &str,
        pkce_verifier: &str,
        freshness: Freshness,
    ) -> Result<Identity, OidcError> {
        let documents = self.documents(None).await?;
        let client = self.relying_party(&documents);
        let tokens = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(untrusted)?
            .set_pkce_verifier(PkceCodeVerifier::new(pkce_verifier.to_owned()))
            .request_async(&self.fetcher)
            .await
            .map_err(|error| match error {
                RequestTokenError::Request(error) => OidcError::Unreachable(error.to_string()),
                RequestTokenError::ServerResponse(answer) => untrusted(format!("it refused the code ({answer})")),
                RequestTokenError::Parse(..) => untrusted("its tokens cannot be read"),
                RequestTokenError::Other(message) => untrusted(message),
            })?;
        let id_token = tokens.id_token().ok_or_else(|| untrusted("it sent no ID token"))?;
        let (documents, claims) = self.verify(documents, id_token, &Nonce::new(nonce.to_owned())).await?;
        if let Some(expected) = claims.access_token_hash() {
            let verifier = self.verifier(&documents);
            let actual = id_token
                .signing_alg()
                .and_then(|alg| Ok((alg, id_token.signing_key(&verifier)?)))
                .map_err(untrusted)
                .and_then(|(alg, key)| {
                    AccessTokenHash::from_token(tokens.access_token(), alg, key).map_err(untrusted)
                })?;
            if actual != *expected {
                return Err(untrusted("the access token does not belong to the ID token"));
            }
        }
        let said = payload(&id_token.to_string())?;
        let authenticated_at = claims.auth_time().and_then(|at| Timestamp::from_second(at.timestamp()).ok());
        self.check_freshness(authenticated_at, freshness)?;
        let mut groups = groups_at(&said, &self.config.groups_claim);
        let mut extra = Map::new();
        if groups.is_none() || claims.name().is_none() {
            extra = self.user_info(&documents, tokens.access_token().secret(), claims.subject().as_str()).await;
            groups = groups.or_else(|| groups_at(&extra, &self.config.groups_claim));
        }
        let text = |key: &str| said.get(key).or_else(|| extra.get(key)).and_then(Value::as_str).map(str::to_owned);
        let email = text("email");
        Ok(Identity {
            subject: claims.subject().to_string(),
            name: text("name")
                .or_else(|| text("preferred_username"))
                .or_else(|| email.clone())
                .unwrap_or_else(|| claims.subject().to_string()),
            email,
            groups: groups.unwrap_or_default(),
            authenticated_at,
            provider_session: text("sid"),
            id_token: id_token.to_string(),
        })
    }

    fn verifier(&self, documents: &Documents) -> IdTokenVerifier<'static, CoreJsonWebKey> {
        let clock = self.clock.clone();
        IdTokenVerifier::new_public_client(
            ClientId::new(self.config.client_id.clone()),
            documents.metadata.issuer().clone(),
            documents.metadata.jwks().clone(),
        )
        .set_allowed_algs(self.algorithms(documents))
        .set_time_fn(move || std::time::SystemTime::from(clock.now() - SignedDuration::from_secs(SKEW_SECS)).into())
    }

    /// What the provider says it signs with, without shared secrets and without "none".
    #[expect(clippy::unused_self, reason = "belongs to the verifier above")]
    fn algorithms(&self, documents: &Documents) -> Vec<CoreJwsSigningAlgorithm> {
        use CoreJwsSigningAlgorithm as A;
        documents
            .metadata
            .id_token_signing_alg_values_supported()
            .iter()
            .filter(|alg| !matches!(alg, A::None | A::HmacSha256 | A::HmacSha384 | A::HmacSha512))
            .cloned()
            .collect()
    }

    /// Verifies signature, issuer, audience, age and nonce; a key nobody knows is looked for once more.
    async fn verify(
        &self,
        documents: Arc<Documents>,
        id_token: &CoreIdToken,
        nonce: &Nonce,
    ) -> Result<(Arc<Documents>, CoreIdTokenClaims), OidcError> {
        let first = id_token.claims(&self.verifier(&documents), nonce).cloned();
        match first {
            Ok(claims) => Ok((documents, claims)),
            Err(error) if is_unknown_key(&error) => {
                let fresh = self.documents(Some(self.clock.now())).await?;
                let claims = id_token.claims(&self.verifier(&fresh), nonce).cloned().map_err(untrusted)?;
                Ok((fresh, claims))
            }
            Err(error) => Err(untrusted(error)),
        }
    }

    fn check_freshness(&self, at: Option<Timestamp>, freshness: Freshness) -> Result<(), OidcError> {
        let Some(not_before) = freshness.not_before else {
            let oldest = i64::try_from(freshness.max_age_secs).unwrap_or(i64::MAX).saturating_add(SKEW_SECS);
            let too_old = at.is_some_and(|at| self.clock.now().as_second() - at.as_second() > oldest);
            return if too_old { Err(OidcError::NotFresh) } else { Ok(()) };
        };
        // `auth_time` has whole seconds, so the second in which the step-up began counts.
        match at {
            Some(at) if at.as_second() + SKEW_SECS >= not_before.as_second() => Ok(()),
            _ => Err(OidcError::NotFresh),
        }
    }

    /// Claims of the user-info endpoint, for providers that keep groups out of the ID token. Nothing when it fails or
    /// speaks about somebody else.
    async fn user_info(&self, documents: &Documents, access_token: &str, subject: &str) -> Map<String, Value> {
        let Some(endpoint) = documents.metadata.userinfo_endpoint() else { return Map::new() };
        match self.fetcher.json(endpoint.url().clone(), access_token).await {
            Ok(said) if said.get("sub").and_then(Value::as_str) == Some(subject) => said,
            Ok(_) => {
                tracing::warn!(oidc.issuer = %self.config.issuer, "user info about somebody else was ignored");
                Map::new()
            }
            Err(error) => {
                tracing::warn!(oidc.issuer = %self.config.issuer, %error, "user info could not be read");
                Map::new()
            }
        }
    }

    /// Where a logout continues, if the provider has a place for it and was ever reached.
    pub async fn logout_url(&self, id_token: &str) -> Option<Url> {
        let documents = self.documents.read().await.clone()?;
        let mut url = documents.metadata.additional_metadata().end_session_endpoint.as_ref()?.url().clone();
        url.query_pairs_mut()
            .append_pair("id_token_hint", id_token)
            .append_pair("client_id", &self.config.client_id)
            .append_pair("post_logout_redirect_uri", &self.after_logout);
        Some(url)
    }

    /// Verifies a back-channel logout token.
    pub async fn verify_logout_token(&self, token: &str) -> Result<LogoutSubject, OidcError> {
        let documents = self.documents(None).await?;
        let expected = logout_token::Expected {
            issuer: &self.config.issuer,
            client_id: &self.config.client_id,
            now: self.clock.now(),
            algorithms: &self.algorithms(&documents),
        };
        match logout_token::verify(token, documents.metadata.jwks(), &expected) {
            Err(logout_token::LogoutTokenError::UnknownKey)
                if self.clock.now().as_second() - documents.fetched_at.as_second() >= REFETCH_SECS =>
            {
                let fresh = self.documents(Some(documents.fetched_at)).await?;
                let keys: &JsonWebKeySet<CoreJsonWebKey> = fresh.metadata.jwks();
                logout_token::verify(token, keys, &expected).map_err(untrusted)
            }
            other => other.map_err(untrusted),
        }
    }
}

/// The claims of a token whose signature was verified before.
fn payload(token: &str) -> Result<Map<String, Value>, OidcError> {
    logout_token::part(token, 1).ok_or_else(|| untrusted("the ID token cannot be read"))
}

impl From<FetchError> for OidcError {
    fn from(error: FetchError) -> Self {
        Self::Unreachable(error.to_string())
    }
}
