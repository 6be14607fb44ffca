//! One inbox for everything that waits for a person.

use app::{ports::Caller, views::ApprovalsView};
use domain::{deployment::State, permission::Action};

use crate::db;

use super::{ServiceError, Services, authorise::Subject};

impl Services {
    pub(super) async fn approvals_view(&self, caller: &Caller) -> Result<ApprovalsView, ServiceError> {
        let mut connection = self.db.read().await?;
        let active = db::deployments::list_active(&mut connection).await?;
        let mut view = ApprovalsView { mine: Vec::new(), sign_offs: Vec::new(), others: Vec::new() };
        for summary in active {
            if !matches!(summary.state, State::AwaitingApproval | State::AwaitingSignOff) {
                continue;
            }
            let Some(stored) = db::deployments::find(&mut connection, summary.id).await? else { continue };
            let deployment = stored.deployment;
            let Ok((blueprint, environment)) = self.place(&deployment.application, &deployment.environment) else {
                continue;
            };
            if !self.may_view(caller, &blueprint, Some(&environment)) {
                continue;
            }
            let id = deployment.id.to_string();
            let subject = Subject {
                application: Some(&deployment.application),
                environment: Some(&environment),
                kind: "deployment",
                id: &id,
            };
            let row = self.deployment_row(summary);
            if deployment.state == State::AwaitingApproval {
                let approved = deployment.approvals.iter().any(|a| a.by.id == caller.actor.id);
                let is_mine = deployment.requested_by.id == caller.actor.id;
                let may = self.decision(caller, Action::ApprovePlan, subject).may_be_offered();
                if may && !approved && !is_mine {
                    view.mine.push(row);
                } else {
                    let (missing, groups) = deployment.missing_approvals();
                    let mut words = format!("waits for {missing} more approval{}", if missing == 1 { "" } else { "s" });
                    if !groups.is_empty() {
                        words.push_str(&format!(", one of them from {}", groups.join(" and ")));
                    }
                    view.others.push((row, words));
                }
            } else {
                let missing = deployment.missing_sign_offs(self.clock.now());
                let may_sign = missing.iter().any(|role| {
                    let others = deployment.checklist.sign_off_roles.iter().filter(|r| r.id != role.id);
                    let signed_other = others
                        .filter_map(|r| deployment.sign_off_of(&r.id))
                        .any(|signature| signature.by.id == caller.actor.id);
                    !signed_other && self.sign_off_decision(caller, role.role, subject).may_be_offered()
                });
                if may_sign {
                    view.sign_offs.push(row);
                } else {
                    let titles: Vec<&str> = missing.iter().map(|r| r.title.as_str()).collect();
                    view.others.push((row, format!("waits for the signature of {}", titles.join(" and "))));
                }
            }
        }
        Ok(view)
    }
}
