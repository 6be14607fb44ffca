//! Which account the credentials of a target belong to, and the refusal to call anything in a wrong one.

use async_trait::async_trait;

use crate::ports::{AwsError, AwsErrorKind, IdentityPort, Target};

use super::{Aws, answer, connection::Connection};

const OPERATION: &str = "sts:GetCallerIdentity";

impl Aws {
    /// Asks once per target. Only agreement is remembered: a mismatch may be repaired while we run.
    pub(super) async fn verify(&self, target: &Target, connection: &Connection) -> Result<(), AwsError> {
        let Some(expected) = &target.account else { return Ok(()) };
        connection
            .verified
            .get_or_try_init(|| async {
                let actual = caller(connection).await?;
                if actual == *expected {
                    return Ok(());
                }
                let whose = target.role_arn.as_deref().unwrap_or("the process's own");
                Err(AwsError {
                    operation: OPERATION.to_owned(),
                    kind: AwsErrorKind::WrongAccount,
                    message: format!(
                        "{} of {} is in account {expected}, but the credentials ({whose}) belong to account {actual}; \
                         nothing else was called. Correct the account or the role of the environment.",
                        target.environment, target.application
                    ),
                    request_id: None,
                })
            })
            .await
            .copied()
    }
}

async fn caller(connection: &Connection) -> Result<String, AwsError> {
    let identity = answer(OPERATION, connection.identity.get_caller_identity().send().await)?;
    identity.account.ok_or_else(|| AwsError {
        operation: OPERATION.to_owned(),
        kind: AwsErrorKind::Service,
        message: "the answer names no account".to_owned(),
        request_id: None,
    })
}

#[async_trait]
impl IdentityPort for Aws {
    async fn account(&self, target: &Target) -> Result<String, AwsError> {
        caller(&*self.connection(target).await).await
    }
}
