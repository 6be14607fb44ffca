//! Who somebody is: login at the OpenID provider, sessions, API tokens.
//!
//! What a person may do is decided in `domain::permission` from the grants found here. Nothing of this module decides
//! about an act.

pub mod audit;
pub mod claims;
pub mod demo_provider;
pub mod oidc;
pub mod session;
pub mod session_store;
pub mod token;

pub use audit::{AuthAudit, AuthEvent, DatabaseAuthAudit};
pub use session_store::SessionStore;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::RngCore as _;
use sha2::{Digest as _, Sha256};

/// 32 random bytes as text, for cookies and codes.
pub(crate) fn random_text() -> String {
    let mut bytes = [0u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What is stored in place of a value that opens something.
pub(crate) fn hash_of(value: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(value.as_bytes()))
}
