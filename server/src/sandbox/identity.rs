//! Who the caller is, and becoming somebody else. Roles need not be declared: a role of any account can be assumed, and
//! gives keys of that account. What refusals look like is a matter of faults.

use std::time::Duration;

use super::{
    request::{Refusal, Request, access_key},
    session::{Answer, Session},
    xml::Xml,
};

const SESSION: Duration = Duration::from_hours(1);

#[expect(clippy::unnecessary_wraps, reason = "one of the handlers, all of which may refuse")]
pub(super) fn caller(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let account = &session.request.account;
    Ok(Answer::Result(
        Xml::new()
            .text("Arn", user_arn(session.request))
            .text("UserId", format!("AIDA{account}0000"))
            .text("Account", account),
    ))
}

/// Session tokens carry the ARN they stand for.
pub(super) fn user_arn(request: &Request) -> String {
    let own = || format!("arn:aws:iam::{}:user/lockkeeper", request.account);
    request.session.clone().unwrap_or_else(own)
}

pub(super) fn assume_role(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let role = session.request.required("RoleArn")?;
    let name = session.request.required("RoleSessionName")?;
    let invalid = || Refusal::validation(format!("{role} is invalid"));
    let (account, path) = role
        .strip_prefix("arn:aws:iam::")
        .and_then(|rest| rest.split_once(":role/"))
        .filter(|(account, _)| account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()))
        .ok_or_else(invalid)?;
    let role_name = path.rsplit('/').next().unwrap_or(path);
    let arn = format!("arn:aws:sts::{account}:assumed-role/{role_name}/{name}");
    let credentials = Xml::new()
        .text("AccessKeyId", access_key("ASIA", account))
        .text("SecretAccessKey", "sandbox")
        .text("SessionToken", &arn)
        .time("Expiration", session.now + SESSION);
    let user = Xml::new().text("AssumedRoleId", format!("AROA{account}0000:{name}")).text("Arn", &arn);
    Ok(Answer::Result(Xml::new().group("Credentials", &credentials).group("AssumedRoleUser", &user)))
}
