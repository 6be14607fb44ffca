//! The checklist as its page sees it.

use std::collections::BTreeMap;

use app::{
    ports::Caller,
    views::{ChecklistView, ListOffers, Offer},
};
use domain::{
    blueprint::Environment,
    checklist::ItemKind,
    deployment::{Deployment, State},
    permission::{Action, Role, decide_item},
};
use uuid::Uuid;

use crate::db;

use super::{ServiceError, Services, acts::subject, authorise::scope_of, deployments::check_rows, rows::band};

impl Services {
    pub(super) async fn checklist_view(
        &self,
        caller: &Caller,
        id: Uuid,
        item: Option<&str>,
    ) -> Result<ChecklistView, ServiceError> {
        let missing = || ServiceError::NotFound("This deployment".to_owned());
        let mut connection = self.db.read().await?;
        let deployment = db::deployments::find(&mut connection, id).await?.ok_or_else(missing)?.deployment;
        let (blueprint, environment) = self.place(&deployment.application, &deployment.environment)?;
        if !self.may_view(caller, &blueprint, Some(&environment)) {
            return Err(missing());
        }
        let asked = match item.and_then(|id| deployment.checklist.item(id)).map(|item| &item.kind) {
            Some(ItemKind::Automatic { checks }) => checks.clone(),
            _ => Vec::new(),
        };
        // The evidence of one item: that of all would be most of the page's weight.
        let checks = if asked.is_empty() {
            Vec::new()
        } else {
            let results = db::check_results::list_of(&mut connection, id, &asked).await?;
            let rows = check_rows(&deployment, &results);
            rows.into_iter().filter(|row| asked.contains(&row.id)).collect()
        };
        Ok(ChecklistView {
            band: band(&blueprint, &environment),
            offers: self.list_offers(caller, &deployment, &environment),
            checks,
            deployment,
        })
    }

    /// Which controls of the checklist this caller is shown; the services decide again when one is used.
    pub(super) fn list_offers(
        &self,
        caller: &Caller,
        deployment: &Deployment,
        environment: &Environment,
    ) -> ListOffers {
        let id = deployment.id.to_string();
        let subject = subject(deployment, environment, &id);
        let now = self.clock.now();
        let offer = |action, obstacle| self.offer(caller, action, subject, obstacle);
        let over = match deployment.state {
            state if !state.is_final() || state == State::Succeeded => None,
            _ => Some("The deployment is over; its checklist is closed.".to_owned()),
        };
        let is_mine = deployment.requested_by.id == caller.actor.id;
        let waive = over.clone().or_else(|| {
            is_mine.then(|| "You requested this deployment, so somebody else has to waive its items.".to_owned())
        });
        let signing = (deployment.state != State::AwaitingSignOff)
            .then(|| "It can be signed when all checks have answered.".to_owned());
        let roles: std::collections::BTreeSet<Role> =
            deployment.checklist.items().filter_map(domain::checklist::Item::role).collect();
        let tick_as = roles.into_iter().map(|role| {
            let decision = decide_item(&caller.actor, Some(role), scope_of(subject), now);
            (role, Offer { decision, obstacle: over.clone() })
        });
        let standing = deployment.standing(now);
        let digests = (!deployment.sign_offs.is_empty()).then(|| deployment.list_digests(&standing));
        let sign_off = deployment.checklist.sign_off_roles.iter().map(|role| {
            let signature = deployment.sign_off_of(&role.id);
            let holds = signature.zip(digests.as_ref()).is_some_and(|(signature, digests)| digests.bear(signature));
            let others = deployment.checklist.sign_off_roles.iter().filter(|r| r.id != role.id);
            let signed_other = others
                .filter_map(|r| deployment.sign_off_of(&r.id))
                .find(|signature| signature.by.id == caller.actor.id);
            let obstacle = signing.clone().or_else(|| match (signature, signed_other) {
                (Some(signature), _) if holds => Some(format!("Signed by {}.", signature.by.name)),
                (_, Some(_)) => Some("You have signed for another role; a second person has to sign here.".to_owned()),
                _ => None,
            });
            let decision = self.sign_off_decision(caller, role.role, subject);
            (role.id.clone(), Offer { decision, obstacle })
        });
        let sign_off: BTreeMap<String, Offer> = sign_off.collect();
        ListOffers {
            tick: offer(Action::TickItem, over.clone()),
            tick_as: tick_as.collect(),
            waive: offer(Action::WaiveItem, waive),
            run_checks: offer(Action::RunChecks, signing),
            sign_off,
            close_condition: offer(Action::CloseCondition, None),
        }
    }
}
