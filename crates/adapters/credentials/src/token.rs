//! Access tokens: JWT (RFC 7519), HS256 and nothing else.

use std::sync::Arc;

use atelier_domain::identity::{AccessClaims, TokenRejected, TokenSigner};
use atelier_domain::kernel::{ExposeSecret, IdGenerator, SecretString, Timestamp, TokenId};
use chrono::DateTime;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};

/// The claims as they stand in the token; times in seconds since 1970.
#[derive(serde::Serialize, serde::Deserialize)]
struct WireClaims {
    iss: String,
    aud: String,
    sub: String,
    role: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    iat: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    exp: i64,
    jti: String,
}

/// Signs and verifies access tokens with one key, issuer and audience.
///
/// A token carries `iss`, `aud`, `sub`, `role`, `sid` (when it belongs to a device), `iat`, `exp` and a fresh `jti`; a verified one has
/// all of them but `sid`. Times are cut to whole seconds, so a token never lives longer than asked.
pub struct JwtSigner {
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
    issuer: String,
    audience: String,
    ids: Arc<dyn IdGenerator>,
}

impl JwtSigner {
    /// A signer; `ids` gives each token its `jti`.
    pub fn new(secret: &SecretString, issuer: impl Into<String>, audience: impl Into<String>, ids: Arc<dyn IdGenerator>) -> Self {
        let (issuer, audience) = (issuer.into(), audience.into());
        let key = secret.expose_secret().as_bytes();
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[&issuer]);
        validation.set_audience(&[&audience]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        // The library would ask the system's clock; `verify` checks the times against the caller's instead.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Self { signing: EncodingKey::from_secret(key), verifying: DecodingKey::from_secret(key), validation, issuer, audience, ids }
    }
}

impl TokenSigner for JwtSigner {
    fn sign(&self, claims: &AccessClaims) -> SecretString {
        let wire = WireClaims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: claims.user_id.to_string(),
            role: claims.role.to_string(),
            sid: claims.session_id.map(|id| id.to_string()),
            iat: claims.issued_at.timestamp(),
            nbf: None,
            exp: claims.expires_at.timestamp(),
            jti: self.ids.generate::<TokenId>().to_string(),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &wire, &self.signing).expect("plain claims always encode with HS256").into()
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenRejected> {
        let rejected = |reason: &str| TokenRejected(reason.to_owned());
        let wire = jsonwebtoken::decode::<WireClaims>(token, &self.verifying, &self.validation)
            .map_err(|error| TokenRejected(error.to_string()))?
            .claims;
        let time = |seconds: i64, claim: &str| DateTime::from_timestamp(seconds, 0).ok_or_else(|| rejected(claim));
        let (issued_at, expires_at) = (time(wire.iat, "iat out of range")?, time(wire.exp, "exp out of range")?);
        if now >= expires_at {
            return Err(rejected("expired"));
        }
        if wire.nbf.is_some_and(|from| now.timestamp() < from) {
            return Err(rejected("not valid yet"));
        }
        Ok(AccessClaims {
            user_id: wire.sub.parse().map_err(|_invalid| rejected("sub is no account id"))?,
            role: wire.role.parse().map_err(|_unknown| rejected("unknown role"))?,
            session_id: wire.sid.map(|sid| sid.parse().map_err(|_invalid| rejected("sid is no session id"))).transpose()?,
            issued_at,
            expires_at,
        })
    }
}
