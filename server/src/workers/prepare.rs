//! Prepares a stack's change set: uploads what it needs, creates it, waits for it, and reads what it would do.

use domain::{
    deployment::{ChangeSetRef, Event, StackRunState, State},
    plan::{Deferral, ResourceChange, StackPlan, unannounced_losses},
    release::StackContent,
    template,
};
use serde_json::{Value, json};

use crate::{
    db,
    ports::{AwsError, ChangeSetHandle, ChangeSetRequest, ChangeSetStatus, TemplateSource},
    services::{
        ServiceError,
        engine::{Along, KeptPlan},
    },
};

use super::{
    Workers, assets, discard,
    effects::{Happened, Job, Outcome, change_set_name},
};

/// CloudFormation takes a template of at most this many bytes in the call itself (PEERS.md 4.1).
const MAX_INLINE_TEMPLATE: usize = 51_200;

pub(super) async fn run(workers: &Workers, job: &Job, stack: &str, late: bool) -> Result<Outcome, ServiceError> {
    let wanted = if late { State::Executing } else { State::Planning };
    let run = job.deployment.stack(stack);
    let is_wanted = job.deployment.state == wanted && run.is_some_and(|r| r.state == StackRunState::Preparing);
    if !is_wanted {
        // Superseded, cancelled, or done before a crash: whatever was created must not stay behind.
        return Ok(if run.is_some_and(|r| r.change_set.is_none()) {
            discard::run(workers, job, stack).await
        } else {
            Outcome::Nothing
        });
    }
    let Some(content) = assets::content(workers, job, stack).await? else {
        return Ok(give_up(stack)("the release no longer holds this stack".to_owned()));
    };
    let mut connection = workers.services.db.read().await?;
    let bytes = db::blobs::find(&mut connection, &content.template_digest).await?;
    drop(connection);
    let Some(bytes) = bytes else {
        return Ok(give_up(stack)("its template is missing from the database".to_owned()));
    };
    let Ok(text) = String::from_utf8(bytes) else {
        return Ok(give_up(stack)("its template is not text".to_owned()));
    };
    let Ok(template) = serde_json::from_str::<Value>(&text) else {
        return Ok(give_up(stack)("its template is not JSON".to_owned()));
    };
    let work = Preparation { workers, job, stack, late, content: &content, text: &text, template: &template };
    match work.prepare().await {
        Ok(outcome) => Ok(outcome),
        Err(Trouble::Aws(error)) => Ok(failed_call(&error, give_up(stack))),
        Err(Trouble::Service(error)) => Err(error),
    }
}

fn give_up(stack: &str) -> impl FnOnce(String) -> Outcome {
    let stack = stack.to_owned();
    move |reason| {
        let detail = json!({ "stack": stack, "what": "could not prepare the change set of", "reason": reason });
        Happened::outcome(Event::ChangeSetFailed { stack, reason }, Along::default(), "change_set", detail)
    }
}

/// A failed call: worth another try, or final.
fn failed_call(error: &AwsError, give_up: impl FnOnce(String) -> Outcome) -> Outcome {
    if error.is_retryable() { Outcome::Problem(error.to_string()) } else { give_up(error.to_string()) }
}

/// What kept a preparation from its outcome.
enum Trouble {
    Aws(AwsError),
    Service(ServiceError),
}

impl From<AwsError> for Trouble {
    fn from(error: AwsError) -> Self {
        Self::Aws(error)
    }
}

impl From<ServiceError> for Trouble {
    fn from(error: ServiceError) -> Self {
        Self::Service(error)
    }
}

struct Preparation<'a> {
    workers: &'a Workers,
    job: &'a Job,
    stack: &'a str,
    late: bool,
    content: &'a StackContent,
    text: &'a str,
    template: &'a Value,
}

impl Preparation<'_> {
    async fn prepare(&self) -> Result<Outcome, Trouble> {
        let stacks = &self.workers.stacks;
        let target = &self.job.target;
        let existing = stacks.describe_stack(target, &self.content.stack_name).await?;
        let is_new = existing.as_ref().is_none_or(|s| s.status.is_review());
        let name = change_set_name(&self.job.deployment, self.late);
        if let Some(handle) = stacks.find_change_set(target, &self.content.stack_name, &name).await? {
            return self.follow(handle, is_new).await;
        }
        if let Some(snapshot) = &existing {
            if snapshot.status.is_stuck() {
                let words = snapshot.status.words();
                return Ok(give_up(self.stack)(format!("{}: {words}", snapshot.status.as_str())));
            }
            if snapshot.status.is_in_progress() {
                let message = format!("{} is being changed by something else; waiting for it", snapshot.stack_name);
                return Ok(Outcome::Problem(message));
            }
        }
        let missing = self.missing_exports().await?;
        if !missing.is_empty() {
            return Ok(self.defer(missing, is_new));
        }
        if let Some(trouble) = assets::publish(self.workers, self.job, self.stack).await? {
            return Ok(trouble);
        }
        let handle = stacks.create_change_set(target, &self.request(is_new).await?).await?;
        self.follow(handle, is_new).await
    }

    /// What became of a change set that has been created, now or in an earlier round.
    async fn follow(&self, handle: ChangeSetHandle, is_new: bool) -> Result<Outcome, Trouble> {
        let stacks = &self.workers.stacks;
        let target = &self.job.target;
        match stacks.describe_change_set(target, &handle.id).await? {
            Some(ChangeSetStatus::Creating) => Ok(Outcome::Wait(self.workers.rhythm.follow)),
            None => Ok(Outcome::Problem("its change set has just been deleted; it is made again".to_owned())),
            Some(ChangeSetStatus::Empty) => {
                stacks.delete_change_set(target, &handle.id).await?;
                let plan = self.plan(Vec::new(), is_new, None);
                Ok(self.happened(plan, "found no changes in", |digest| Event::ChangeSetEmpty {
                    stack: self.stack.to_owned(),
                    plan_digest: digest,
                }))
            }
            Some(ChangeSetStatus::Ready { changes }) => Ok(self.ready(changes, handle, is_new).await?),
            Some(ChangeSetStatus::Executing | ChangeSetStatus::Executed | ChangeSetStatus::ExecutionFailed) => {
                Ok(give_up(self.stack)("somebody else has executed its change set".to_owned()))
            }
            Some(ChangeSetStatus::Failed { reason }) => {
                stacks.delete_change_set(target, &handle.id).await?;
                if is_new {
                    stacks.delete_empty_stack(target, &self.content.stack_name).await?;
                }
                // An import whose name the template builds with a function is only known to CloudFormation.
                if !self.late && reason.contains("No export named") {
                    let name = reason.split("No export named ").nth(1).and_then(|rest| rest.split(' ').next());
                    return Ok(self.defer(name.map(str::to_owned).into_iter().collect(), is_new));
                }
                Ok(give_up(self.stack)(reason))
            }
        }
    }

    async fn ready(
        &self,
        changes: Vec<ResourceChange>,
        handle: ChangeSetHandle,
        is_new: bool,
    ) -> Result<Outcome, AwsError> {
        let plan = self.plan(changes, is_new, None);
        let losses: Vec<String> = if self.late {
            unannounced_losses(&plan).iter().map(|c| c.logical_id.clone()).collect()
        } else {
            Vec::new()
        };
        if !losses.is_empty() {
            self.workers.stacks.delete_change_set(&self.job.target, &handle.id).await?;
            return Ok(self.happened(plan, "refused changes nobody approved in", |_| Event::LateChangesRefused {
                stack: self.stack.to_owned(),
                resources: losses,
            }));
        }
        let counts = plan.counts();
        let may_lose_data = plan.changes.iter().any(ResourceChange::may_lose_data);
        let name = change_set_name(&self.job.deployment, self.late);
        Ok(self.happened(plan, "prepared the change set of", |digest| Event::ChangeSetPrepared {
            stack: self.stack.to_owned(),
            change_set: ChangeSetRef { id: handle.id, name, stack_id: handle.stack_id },
            plan_digest: digest,
            counts,
            is_new,
            may_lose_data,
        }))
    }

    /// Exports the template imports and the account does not have.
    async fn missing_exports(&self) -> Result<Vec<String>, AwsError> {
        let imports = template::imports(self.template);
        if imports.is_empty() {
            return Ok(Vec::new());
        }
        let exports = self.workers.stacks.exports(&self.job.target).await?;
        Ok(imports.into_iter().filter(|name| !exports.contains(name)).collect())
    }

    /// The change set can only be made once another stack of this deployment has been executed.
    fn defer(&self, missing: Vec<String>, is_new: bool) -> Outcome {
        let upstream = self.job.deployment.stack(self.stack).map(|s| s.depends_on.as_slice()).unwrap_or_default();
        if self.late || upstream.is_empty() {
            let names = missing.join(", ");
            return give_up(self.stack)(format!(
                "it imports {names}, which no stack exports and no stack of this release will"
            ));
        }
        let waits_for =
            upstream.iter().find(|name| self.job.deployment.stack(name).is_some_and(|s| !s.state.is_settled()));
        let deferral = Deferral { waits_for: waits_for.cloned(), missing_exports: missing };
        let plan = self.plan(Vec::new(), is_new, Some(deferral.clone()));
        self.happened(plan, "cannot know the changes yet of", |digest| Event::ChangeSetDeferred {
            stack: self.stack.to_owned(),
            deferral,
            plan_digest: digest,
            is_new,
        })
    }

    async fn request(&self, is_new: bool) -> Result<ChangeSetRequest, AwsError> {
        let name = change_set_name(&self.job.deployment, self.late);
        Ok(ChangeSetRequest {
            stack_name: self.content.stack_name.clone(),
            client_token: name.clone(),
            name,
            is_new,
            template: self.template_source().await?,
            parameters: self.content.parameters.clone(),
            tags: self.content.tags.clone(),
            capabilities: template::capabilities(self.template).into_iter().map(str::to_owned).collect(),
        })
    }

    /// In the call where it fits, through S3 where it does not.
    async fn template_source(&self) -> Result<TemplateSource, AwsError> {
        if self.text.len() <= MAX_INLINE_TEMPLATE {
            return Ok(TemplateSource::Inline(self.text.to_owned()));
        }
        let target = &self.job.target;
        let blueprint = self.workers.services.blueprints.get(&target.application);
        let configured =
            blueprint.as_ref().and_then(|b| b.environment(&target.environment)).and_then(|e| e.template_bucket.clone());
        let bucket = if let Some(bucket) = configured {
            bucket
        } else {
            // The bucket `cdk bootstrap` makes under its default qualifier.
            let account = self.workers.identity.account(target).await?;
            format!("cdk-hnb659fds-assets-{account}-{}", target.region)
        };
        let key = format!("lockkeeper/{}.template.json", self.content.template_digest);
        self.workers.assets.ensure_object(target, &bucket, &key, self.text.as_bytes().to_vec()).await?;
        Ok(TemplateSource::Url(self.workers.assets.template_url(target, &bucket, &key)))
    }

    fn plan(&self, changes: Vec<ResourceChange>, is_new: bool, deferral: Option<Deferral>) -> StackPlan {
        StackPlan {
            logical_name: self.content.logical_name.clone(),
            stack_name: self.content.stack_name.clone(),
            is_new,
            template_digest: self.content.template_digest.clone(),
            parameters: self.content.parameters.clone(),
            tags: self.content.tags.clone(),
            changes,
            deferral,
        }
        .sorted()
    }

    fn happened(&self, plan: StackPlan, what: &str, event: impl FnOnce(domain::digest::Digest) -> Event) -> Outcome {
        let Ok(digest) = plan.digest() else {
            return give_up(self.stack)("its plan has no digest".to_owned());
        };
        let detail = json!({ "stack": self.stack, "what": what, "digest": digest, "counts": plan.counts() });
        let event = event(digest.clone());
        let kept = KeptPlan { plan, digest, is_late: self.late };
        let along = Along { stack_plan: Some(kept), ..Along::default() };
        Happened::outcome(event, along, "change_set", detail)
    }
}
