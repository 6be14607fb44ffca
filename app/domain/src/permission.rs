//! Who may do what, where. One function decides; pages ask it to choose what to show, services ask it to refuse.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A named set of permissions (DESIGN.md section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Viewer,
    Finance,
    OnCall,
    Engineer,
    Lead,
    Admin,
    Auditor,
}

impl Role {
    pub const ALL: [Self; 7] =
        [Self::Viewer, Self::Finance, Self::OnCall, Self::Engineer, Self::Lead, Self::Admin, Self::Auditor];

    /// The word used in configuration, blueprints and on pages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Finance => "finance",
            Self::OnCall => "on-call",
            Self::Engineer => "engineer",
            Self::Lead => "lead",
            Self::Admin => "admin",
            Self::Auditor => "auditor",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// Everything a person or a token can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    View,
    ViewCosts,
    ExportCosts,
    ViewAudit,
    ExportEvidence,
    AcknowledgeAlarm,
    RunOnCallRunbook,
    RecordWatchRound,
    PauseDeployment,
    CancelDeployment,
    CreateRelease,
    RequestDeployment,
    StartDeployment,
    RunChecks,
    TickItem,
    SetSecret,
    ApprovePlan,
    WaiveItem,
    SignOff,
    RollBack,
    OverrideFreeze,
    ManageTokens,
    AbandonDeployment,
}

impl Action {
    pub const ALL: [Self; 23] = [
        Self::View,
        Self::ViewCosts,
        Self::ExportCosts,
        Self::ViewAudit,
        Self::ExportEvidence,
        Self::AcknowledgeAlarm,
        Self::RunOnCallRunbook,
        Self::RecordWatchRound,
        Self::PauseDeployment,
        Self::CancelDeployment,
        Self::CreateRelease,
        Self::RequestDeployment,
        Self::StartDeployment,
        Self::RunChecks,
        Self::TickItem,
        Self::SetSecret,
        Self::ApprovePlan,
        Self::WaiveItem,
        Self::SignOff,
        Self::RollBack,
        Self::OverrideFreeze,
        Self::ManageTokens,
        Self::AbandonDeployment,
    ];

    /// The stable name: audit rows and the permission table use it.
    pub fn name(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::ViewCosts => "view_costs",
            Self::ExportCosts => "export_costs",
            Self::ViewAudit => "view_audit",
            Self::ExportEvidence => "export_evidence",
            Self::AcknowledgeAlarm => "acknowledge_alarm",
            Self::RunOnCallRunbook => "run_on_call_runbook",
            Self::RecordWatchRound => "record_watch_round",
            Self::PauseDeployment => "pause_deployment",
            Self::CancelDeployment => "cancel_deployment",
            Self::CreateRelease => "create_release",
            Self::RequestDeployment => "request_deployment",
            Self::StartDeployment => "start_deployment",
            Self::RunChecks => "run_checks",
            Self::TickItem => "tick_item",
            Self::SetSecret => "set_secret",
            Self::ApprovePlan => "approve_plan",
            Self::WaiveItem => "waive_item",
            Self::SignOff => "sign_off",
            Self::RollBack => "roll_back",
            Self::OverrideFreeze => "override_freeze",
            Self::ManageTokens => "manage_tokens",
            Self::AbandonDeployment => "abandon_deployment",
        }
    }

    /// What a person reads: "you may not …".
    pub fn words(self) -> &'static str {
        match self {
            Self::View => "see this",
            Self::ViewCosts => "see costs",
            Self::ExportCosts => "export costs",
            Self::ViewAudit => "see the audit log",
            Self::ExportEvidence => "export evidence",
            Self::AcknowledgeAlarm => "acknowledge alarms",
            Self::RunOnCallRunbook => "run on-call runbooks",
            Self::RecordWatchRound => "record watch rounds",
            Self::PauseDeployment => "pause a deployment",
            Self::CancelDeployment => "cancel a deployment",
            Self::CreateRelease => "create releases",
            Self::RequestDeployment => "request deployments",
            Self::StartDeployment => "start a deployment",
            Self::RunChecks => "run checks",
            Self::TickItem => "tick checklist items",
            Self::SetSecret => "set or rotate secrets",
            Self::ApprovePlan => "approve or reject plans",
            Self::WaiveItem => "waive checklist items",
            Self::SignOff => "sign off deployments",
            Self::RollBack => "roll back",
            Self::OverrideFreeze => "override freeze windows",
            Self::ManageTokens => "manage tokens",
            Self::AbandonDeployment => "end a deployment that can no longer be followed",
        }
    }

    /// Reading needs no recent login; acts on a protected environment do.
    pub fn is_read(self) -> bool {
        matches!(self, Self::View | Self::ViewCosts | Self::ExportCosts | Self::ViewAudit | Self::ExportEvidence)
    }

    /// Judgements that count because somebody else than the requester made them. A machine's token is some person's
    /// tool under another id: with it the requester could approve their own deployment, without a recent login.
    pub fn needs_person(self) -> bool {
        matches!(self, Self::ApprovePlan | Self::WaiveItem | Self::SignOff | Self::OverrideFreeze)
    }
}

fn role_allows(role: Role, action: Action) -> bool {
    use Action as A;
    match role {
        Role::Viewer => action == A::View,
        Role::Finance => matches!(action, A::View | A::ViewCosts | A::ExportCosts),
        Role::OnCall => matches!(
            action,
            A::View
                | A::AcknowledgeAlarm
                | A::RunOnCallRunbook
                | A::RecordWatchRound
                | A::PauseDeployment
                | A::CancelDeployment
        ),
        Role::Engineer => matches!(
            action,
            A::View
                | A::CreateRelease
                | A::RequestDeployment
                | A::StartDeployment
                | A::CancelDeployment
                | A::RunChecks
                | A::TickItem
                | A::SetSecret
        ),
        Role::Lead => {
            role_allows(Role::Engineer, action)
                || matches!(action, A::ApprovePlan | A::WaiveItem | A::SignOff | A::RollBack | A::OverrideFreeze)
        }
        Role::Admin => true,
        Role::Auditor => matches!(action, A::View | A::ViewCosts | A::ViewAudit | A::ExportEvidence),
    }
}

/// A role, and where it holds. `None` means everywhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    pub role: Role,
    pub applications: Option<Vec<String>>,
    pub environments: Option<Vec<String>>,
}

impl Grant {
    fn covers(&self, scope: Scope<'_>) -> bool {
        // A limited grant still opens pages that are about no application in particular.
        let holds = |limit: &Option<Vec<String>>, name: Option<&str>| match (limit, name) {
            (Some(names), Some(name)) => names.iter().any(|n| n == name),
            (None, _) | (Some(_), None) => true,
        };
        holds(&self.applications, scope.application) && holds(&self.environments, scope.environment)
    }

    /// Whether the grant is as wide as what is asked: one that is bound to some environments says nothing about an
    /// application as a whole, and one that is bound to some applications nothing about the whole installation.
    fn reaches(&self, scope: Scope<'_>) -> bool {
        (self.applications.is_none() || scope.application.is_some())
            && (self.environments.is_none() || scope.environment.is_some())
    }
}

/// What an act is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scope<'a> {
    pub application: Option<&'a str>,
    pub environment: Option<&'a str>,
    /// How old the login may be, in seconds, for acts here; `None` where the environment is not protected.
    pub max_login_age_secs: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActorKind {
    Person,
    Token,
    System,
}

/// A person or a machine that acts, with what its login granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Stable: issuer and subject for people, the token's id for machines.
    pub id: String,
    pub name: String,
    pub email: Option<String>,
    pub kind: ActorKind,
    /// Groups as the provider said them at login; required groups of a gate are looked up here.
    pub groups: Vec<String>,
    pub grants: Vec<Grant>,
    /// When the person last proved who they are (`auth_time`), not when the session was last used.
    pub authenticated_at: Timestamp,
}

impl Actor {
    /// The product itself: what workers record as the actor of what they do.
    pub fn system() -> Self {
        Self {
            id: "system".to_owned(),
            name: "Lockkeeper".to_owned(),
            email: None,
            kind: ActorKind::System,
            groups: Vec::new(),
            grants: Vec::new(),
            authenticated_at: Timestamp::UNIX_EPOCH,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Allowed,
    /// Some role would allow it, none the actor holds here.
    Denied,
    /// Allowed, once the person has logged in again.
    NeedsRecentLogin {
        max_age_secs: u64,
    },
}

impl Decision {
    pub fn is_allowed(self) -> bool {
        self == Self::Allowed
    }

    /// For pages: show the control, even if pressing it asks for a fresh login first.
    pub fn may_be_offered(self) -> bool {
        self != Self::Denied
    }
}

/// The one decision. Fails closed: no grant, no act.
///
/// A limited grant opens wider pages but never gives a wider act: an engineer of one application does not manage tokens,
/// an auditor of staging does not see the audit log of the application.
pub fn decide(actor: &Actor, action: Action, scope: Scope<'_>, now: Timestamp) -> Decision {
    let granted = actor.grants.iter().any(|grant| {
        role_allows(grant.role, action) && grant.covers(scope) && (action == Action::View || grant.reaches(scope))
    });
    if !granted || (action.needs_person() && actor.kind != ActorKind::Person) {
        return Decision::Denied;
    }
    if action.is_read() { Decision::Allowed } else { freshness(actor, scope, now) }
}

/// Whether the actor may sign for a sign-off role: they must hold exactly that role here. Leads count as engineers,
/// admins as anything.
pub fn decide_sign_off(actor: &Actor, role: Role, scope: Scope<'_>, now: Timestamp) -> Decision {
    let fits = |held: Role| held == role || held == Role::Admin || (held == Role::Lead && role == Role::Engineer);
    // A signature is a person's: a token cannot give one.
    let holds = actor.kind == ActorKind::Person && actor.grants.iter().any(|g| fits(g.role) && g.covers(scope));
    if holds { freshness(actor, scope, now) } else { Decision::Denied }
}

fn freshness(actor: &Actor, scope: Scope<'_>, now: Timestamp) -> Decision {
    match scope.max_login_age_secs {
        Some(max_age_secs) if actor.kind == ActorKind::Person => {
            // The provider's clock may be ahead of ours, but a login from the far future is an error, not a fresh one.
            let distance_secs = now.as_second().abs_diff(actor.authenticated_at.as_second());
            if distance_secs <= max_age_secs { Decision::Allowed } else { Decision::NeedsRecentLogin { max_age_secs } }
        }
        _ => Decision::Allowed,
    }
}

#[cfg(test)]
mod tests;
