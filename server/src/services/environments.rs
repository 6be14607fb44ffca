//! One environment: its stacks, events, outputs and deployments.

use app::{
    ports::Caller,
    views::{EnvironmentTables, EnvironmentView, ReleaseRef, Sort, StackOutput, StackRow},
};
use domain::{
    blueprint::{Environment, StackDefinition},
    permission::Action,
};

use crate::{
    db::{self, Page, deployments::Filter},
    ports::StackSnapshot,
};

use super::{
    ServiceError, Services,
    authorise::Subject,
    rows::{event_row, rows_of},
};

const EVENTS: u32 = 50;
const DEPLOYMENTS: u32 = 10;
const RELEASES: i64 = 50;

impl Services {
    pub(super) async fn environment_view(
        &self,
        caller: &Caller,
        application: &str,
        environment: &str,
        tables: &EnvironmentTables,
    ) -> Result<EnvironmentView, ServiceError> {
        let (blueprint, environment) = self.place(application, environment)?;
        if !self.may_view(caller, &blueprint, Some(&environment)) {
            return Err(ServiceError::NotFound(format!("Environment {}", environment.name)));
        }
        let known = self.known().await?;
        let summary = self.summary(&blueprint, &environment, &known);
        let mut connection = self.db.read().await?;
        let snapshots = db::stack_snapshots::list(&mut connection, application, &environment.name).await?;
        let total = db::stack_events::count(&mut connection, application, &environment.name).await?;
        let (page, events_paging) = rows_of(tables.events_page, EVENTS, tables.is_export, total);
        let sort = tables.events_sort.as_ref();
        let events = db::stack_events::list(&mut connection, application, &environment.name, sort, page).await?;
        let filter = Filter {
            application: Some(application.to_owned()),
            environment: Some(environment.name.clone()),
            ..Filter::default()
        };
        let deployments = db::deployments::list(&mut connection, &filter, None, Page::of(1, DEPLOYMENTS)).await?;
        let releases =
            db::releases::list_for_environment(&mut connection, application, &environment.name, RELEASES).await?;
        let subject = Subject {
            application: Some(application),
            environment: Some(&environment),
            kind: "environment",
            id: &environment.name,
        };
        let obstacle = if releases.is_empty() {
            Some("There is no release with content for this environment yet.".to_owned())
        } else {
            None
        };
        let stacks = blueprint.stacks.iter().map(|s| stack_row(s, &environment, &snapshots)).collect();
        Ok(EnvironmentView {
            request: self.offer(caller, Action::RequestDeployment, subject, obstacle),
            summary,
            stacks: sorted(stacks, tables.stacks_sort.as_ref()),
            events: events.into_iter().map(event_row).collect(),
            events_paging,
            deployments: deployments.into_iter().map(|d| self.deployment_row(d)).collect(),
            releases: releases
                .into_iter()
                .map(|r| ReleaseRef { id: r.id, version: r.version, at: r.created_at })
                .collect(),
            tags: environment.tags.clone(),
            variables: environment.variables.clone(),
        })
    }
}

/// In the order of the blueprint, unless sorted by something else.
fn sorted(mut rows: Vec<StackRow>, sort: Option<&Sort>) -> Vec<StackRow> {
    let Some(sort) = sort else { return rows };
    match sort.column.as_str() {
        "stack" => rows.sort_by_key(|row| row.logical_name.to_lowercase()),
        "state" => rows.sort_by_key(StackRow::condition),
        "changed" => rows.sort_by_key(|row| row.last_changed_at),
        _ => return rows,
    }
    if sort.is_descending {
        rows.reverse();
    }
    rows
}

fn stack_row(definition: &StackDefinition, environment: &Environment, snapshots: &[StackSnapshot]) -> StackRow {
    let stack_name = definition.stack_name(&environment.name);
    let snapshot = snapshots.iter().find(|s| s.stack_name == stack_name);
    let outputs: Vec<StackOutput> = snapshot
        .map(|s| s.outputs.as_slice())
        .unwrap_or_default()
        .iter()
        .map(|o| StackOutput {
            key: o.key.clone(),
            value: o.value.clone(),
            export_name: o.export_name.clone(),
            description: o.description.clone(),
        })
        .collect();
    let missing_outputs = match snapshot {
        Some(s) if s.status.is_success() => {
            let has = |key: &String| outputs.iter().any(|o| o.key == *key);
            definition.outputs.iter().filter(|key| !has(key)).cloned().collect()
        }
        _ => Vec::new(),
    };
    StackRow {
        logical_name: definition.name.clone(),
        status: snapshot.map(|s| s.status.clone()),
        status_reason: snapshot.and_then(|s| s.status_reason.clone()),
        last_changed_at: snapshot.and_then(|s| s.updated_at.or(s.created_at)),
        is_stateful: definition.is_stateful,
        depends_on: definition.depends_on.clone(),
        missing_outputs,
        outputs,
        stack_name,
    }
}
