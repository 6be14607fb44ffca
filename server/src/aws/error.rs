//! Failures of AWS calls, put into our kinds in one place.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_cloudformation::{error::ProvideErrorMetadata, operation::RequestId};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};

use crate::ports::{AwsError, AwsErrorKind as Kind};

pub(super) fn from_sdk<E>(operation: &'static str, failure: &SdkError<E, HttpResponse>) -> AwsError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let (kind, message) = match failure {
        SdkError::ServiceError(inner) => {
            let meta = inner.err().meta();
            let status = inner.raw().status().as_u16();
            let message = meta.message().unwrap_or_default().to_owned();
            let kind = service_kind(operation, meta.code().unwrap_or_default(), &message, status);
            (kind, message)
        }
        SdkError::TimeoutError(_) => (Kind::Timeout, "no answer in time".to_owned()),
        SdkError::DispatchFailure(inner) => dispatch(inner, failure),
        SdkError::ResponseError(inner) => {
            let status = inner.raw().status().as_u16();
            (Kind::Service, format!("the answer (HTTP {status}) could not be read: {}", deepest(failure)))
        }
        _ => credentials(failure).unwrap_or_else(|| (Kind::Invalid, deepest(failure))),
    };
    let message = explained(operation, &kind, message);
    AwsError { operation: operation.to_owned(), kind, message, request_id: failure.request_id().map(str::to_owned) }
}

fn dispatch(
    inner: &aws_smithy_runtime_api::client::result::DispatchFailure,
    failure: &(dyn Error + 'static),
) -> (Kind, String) {
    if let Some(found) = credentials(failure) {
        return found;
    }
    if inner.is_timeout() {
        return (Kind::Timeout, "no answer in time".to_owned());
    }
    (Kind::Unreachable, format!("AWS could not be reached: {}", deepest(failure)))
}

fn service_kind(operation: &str, code: &str, message: &str, status: u16) -> Kind {
    match code {
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestLimitExceeded"
        | "TooManyRequestsException"
        | "SlowDown" => return Kind::Throttled,
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "NotAuthorized" => {
            return Kind::Denied { action: denied_action(operation, message) };
        }
        // The credentials themselves are refused: no action is missing, but the remedy is the same person's.
        "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "SignatureDoesNotMatch"
        | "InvalidAccessKeyId" => {
            return Kind::Denied { action: iam_action(operation) };
        }
        "ChangeSetNotFound"
        | "ChangeSetNotFoundException"
        | "NoSuchKey"
        | "NoSuchBucket"
        | "NotFound"
        | "NotFoundException"
        | "ResourceNotFound"
        | "ResourceNotFoundException"
        | "DashboardNotFoundError"
        | "DBClusterNotFoundFault"
        | "DBClusterNotFound"
        | "ReplicationGroupNotFoundFault"
        | "NoSuchDistribution"
        | "WAFNonexistentItemException"
        | "TrailNotFoundException" => {
            return Kind::NotFound;
        }
        "AlreadyExistsException"
        | "InvalidChangeSetStatus"
        | "InvalidChangeSetStatusException"
        | "OperationInProgressException"
        | "TokenAlreadyExistsException"
        | "StaleRequestException" => return Kind::Conflict,
        "ValidationError" if message.contains("does not exist") && message.starts_with("Stack") => {
            return Kind::NotFound;
        }
        "ValidationError"
            if message.contains("already exists")
                || message.contains("can not be updated")
                || message.contains("_IN_PROGRESS state")
                || message.contains("TerminationProtection is enabled") =>
        {
            return Kind::Conflict;
        }
        _ => {}
    }
    match status {
        404 => Kind::NotFound,
        429 => Kind::Throttled,
        403 => Kind::Denied { action: denied_action(operation, message) },
        500.. => Kind::Service,
        _ if message.contains("Rate exceeded") => Kind::Throttled,
        _ => Kind::Invalid,
    }
}

/// "User: arn:… is not authorized to perform: cloudformation:CreateChangeSet on resource: …" names the action; it may
/// be another than that of the call (a template read from S3, a role passed on).
fn denied_action(operation: &str, message: &str) -> String {
    message
        .split_once("not authorized to perform: ")
        .and_then(|(_, rest)| rest.split_whitespace().next())
        .filter(|action| action.contains(':'))
        .map_or_else(|| iam_action(operation), |action| action.trim_end_matches(['.', ',']).to_owned())
}

/// IAM knows no `HeadObject`, and calls some operations by another name.
fn iam_action(operation: &str) -> String {
    if operation == "s3:HeadObject" {
        return "s3:GetObject".to_owned();
    }
    super::call::iam_action(operation).unwrap_or(operation).to_owned()
}

/// S3 answers a HEAD without a body, and hides missing objects from callers who may not list the bucket.
fn explained(operation: &str, kind: &Kind, message: String) -> String {
    match kind {
        _ if !message.is_empty() => message,
        Kind::Denied { .. } if operation == "s3:HeadObject" => {
            "S3 refused to say whether the object is there; it answers so for a missing object too unless the role may \
             s3:ListBucket"
                .to_owned()
        }
        Kind::Denied { .. } => "AWS refused the call without saying why".to_owned(),
        Kind::NotFound => "there is no such thing".to_owned(),
        _ => "AWS gave no message".to_owned(),
    }
}

/// The failure to get credentials hides below a dispatch or construction failure; its own causes include the refusal of
/// `AssumeRole`.
fn credentials(failure: &(dyn Error + 'static)) -> Option<(Kind, String)> {
    let found = chain(failure).find_map(|error| error.downcast_ref::<CredentialsError>())?;
    let words = deepest(found);
    Some(match found {
        CredentialsError::CredentialsNotLoaded(_) => (
            Kind::Invalid,
            format!("no AWS credentials were found ({words}); give the process a role, a profile or keys"),
        ),
        CredentialsError::ProviderTimedOut(_) => (Kind::Timeout, format!("credentials did not come in time: {words}")),
        CredentialsError::InvalidConfiguration(_) => (Kind::Invalid, format!("credentials are misconfigured: {words}")),
        _ => {
            let refused = chain(found).find_map(|error| error.downcast_ref::<RefusedRole>()).and_then(|error| {
                let SdkError::ServiceError(inner) = error else { return None };
                let meta = inner.err().meta();
                let status = inner.raw().status().as_u16();
                let message = meta.message().unwrap_or_default().to_owned();
                let kind = service_kind("sts:AssumeRole", meta.code().unwrap_or_default(), &message, status);
                Some((kind, message))
            });
            let timed_out = chain(found)
                .filter_map(|error| error.downcast_ref::<RefusedRole>())
                .any(|error| matches!(error, SdkError::TimeoutError(_)));
            let (kind, message) = refused.unwrap_or_else(|| {
                (if timed_out { Kind::Timeout } else { Kind::Unreachable }, format!("no credentials: {words}"))
            });
            (kind, format!("the environment's role could not be assumed: {message}"))
        }
    })
}

type RefusedRole = SdkError<aws_sdk_sts::operation::assume_role::AssumeRoleError, HttpResponse>;

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// The innermost cause: the outer ones only say "dispatch failure".
fn deepest(error: &(dyn Error + 'static)) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(code: &str, message: &str, status: u16) -> Kind {
        service_kind("cloudformation:CreateChangeSet", code, message, status)
    }

    #[test]
    fn aws_words_become_our_kinds() {
        let cases = [
            ("Throttling", "Rate exceeded", 400, Kind::Throttled),
            ("SlowDown", "Please reduce your request rate.", 503, Kind::Throttled),
            ("ValidationError", "Stack with id x does not exist", 400, Kind::NotFound),
            ("ValidationError", "S3 error: The specified key does not exist.", 400, Kind::Invalid),
            ("ChangeSetNotFound", "ChangeSet [x] does not exist", 404, Kind::NotFound),
            ("AlreadyExistsException", "ChangeSet x cannot be created", 400, Kind::Conflict),
            ("InvalidChangeSetStatus", "cannot be executed in its current status", 400, Kind::Conflict),
            (
                "ValidationError",
                "Stack:arn:x is in UPDATE_IN_PROGRESS state and can not be updated.",
                400,
                Kind::Conflict,
            ),
            ("LimitExceededException", "too many stacks", 400, Kind::Invalid),
            ("InternalFailure", "", 500, Kind::Service),
            ("", "", 503, Kind::Service),
            ("ValidationError", "Template format error", 400, Kind::Invalid),
        ];
        for (code, message, status, expected) in cases {
            assert_eq!(kind(code, message, status), expected, "{code} {message}");
        }
    }

    #[test]
    fn the_missing_action_is_the_one_aws_names() {
        let message = "User: arn:aws:sts::1:assumed-role/deploy/x is not authorized to perform: s3:GetObject on \
                       resource: arn:aws:s3:::b/k because no identity-based policy allows the s3:GetObject action";
        assert_eq!(kind("AccessDenied", message, 403), Kind::Denied { action: "s3:GetObject".to_owned() });
    }

    #[test]
    fn where_aws_names_no_action_it_is_that_of_the_call() {
        let expected = Kind::Denied { action: "cloudformation:CreateChangeSet".to_owned() };
        assert_eq!(kind("AccessDenied", "Access Denied", 403), expected);
        let head = service_kind("s3:HeadObject", "", "", 403);
        assert_eq!(head, Kind::Denied { action: "s3:GetObject".to_owned() });
    }
}
