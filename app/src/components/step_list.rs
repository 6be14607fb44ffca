//! The way of a deployment, step by step, with times.

use domain::stack::Condition;
use leptos::prelude::*;

use super::{Icon, IconName};

/// One step; `condition` is `NotApplicable` for a step that has not begun.
pub struct Step {
    pub title: &'static str,
    pub condition: Condition,
    pub words: String,
    pub time: Option<AnyView>,
    /// Where on the page the step is told in full.
    pub target: &'static str,
    pub is_current: bool,
}

#[component]
pub fn StepList(steps: Vec<Step>) -> impl IntoView {
    let items = steps
        .into_iter()
        .map(|step| {
            let class = format!("step step-{}", step.condition.name());
            view! {
                <li class=class aria-current=step.is_current.then_some("step")>
                    <span class="step-mark"><Icon name=IconName::for_condition(step.condition) /></span>
                    <span class="step-text">
                        <a class="step-title" href=format!("#{}", step.target)>{step.title}</a>
                        <span class="step-words">{step.words} {step.time.map(|time| view! { " · " {time} })}</span>
                    </span>
                </li>
            }
        })
        .collect_view();
    view! { <ol class="steps">{items}</ol> }
}
