//! Form fields: label, help, problem, value as typed before.

use leptos::prelude::*;

use super::escaped;
use crate::form::use_form_state;

/// What every field of a form needs to say about itself.
pub(super) struct Wiring {
    pub id: String,
    pub value: String,
    pub problem: Option<String>,
    pub described_by: Option<String>,
}

pub(super) fn wire(form: &str, name: &str, has_help: bool) -> Wiring {
    let state = use_form_state(form);
    let id = format!("{form}-{name}");
    let problem = state.field_error(name);
    let mut described = Vec::new();
    if has_help {
        described.push(format!("{id}-help"));
    }
    if problem.is_some() {
        described.push(format!("{id}-problem"));
    }
    let described_by = (!described.is_empty()).then(|| described.join(" "));
    Wiring { value: state.value(name), id, problem, described_by }
}

pub(super) fn frame(
    wiring: &Wiring,
    label: String,
    help: Option<String>,
    is_required: bool,
    control: AnyView,
) -> AnyView {
    let id = wiring.id.clone();
    let problem = wiring.problem.clone();
    view! {
        <div class="field" class:field-bad=problem.is_some()>
            <label for=id.clone()>
                {label} {(!is_required).then(|| view! { <span class="optional">" (optional)"</span> })}
            </label>
            {help.map(|help| view! { <p class="field-help" id=format!("{id}-help")>{help}</p> })}
            {problem.clone().map(|problem| view! { <p class="field-problem" id=format!("{id}-problem")>{problem}</p> })}
            {control}
        </div>
    }
    .into_any()
}

#[component]
pub fn TextField(
    #[prop(into)] form: String,
    name: &'static str,
    #[prop(into)] label: String,
    #[prop(optional, into)] help: Option<String>,
    #[prop(optional)] is_required: bool,
    #[prop(optional_no_strip, into)] value: Option<String>,
) -> impl IntoView {
    let wiring = wire(&form, name, help.is_some());
    let shown = if wiring.value.is_empty() { value.unwrap_or_default() } else { wiring.value.clone() };
    let is_bad = wiring.problem.is_some();
    let control = view! {
        <input
            type="text"
            id=wiring.id.clone()
            name=name
            value=shown
            required=is_required
            autocomplete="off"
            autofocus=is_bad
            aria-invalid=is_bad.then_some("true")
            aria-describedby=wiring.described_by.clone()
        />
    };
    frame(&wiring, label, help, true, control.into_any())
}

#[component]
pub fn TextAreaField(
    #[prop(into)] form: String,
    name: &'static str,
    #[prop(into)] label: String,
    #[prop(optional, into)] help: Option<String>,
    #[prop(optional)] is_required: bool,
) -> impl IntoView {
    let wiring = wire(&form, name, help.is_some());
    let is_bad = wiring.problem.is_some();
    let control = view! {
        <textarea
            id=wiring.id.clone()
            name=name
            rows="2"
            required=is_required
            autofocus=is_bad
            aria-invalid=is_bad.then_some("true")
            aria-describedby=wiring.described_by.clone()
        inner_html=escaped(&wiring.value)
        ></textarea>
    };
    frame(&wiring, label, help, is_required, control.into_any())
}

/// `options` are value and words.
#[component]
pub fn SelectField(
    #[prop(into)] form: String,
    name: &'static str,
    #[prop(into)] label: String,
    options: Vec<(String, String)>,
    #[prop(optional_no_strip, into)] selected: Option<String>,
    #[prop(optional, into)] help: Option<String>,
) -> impl IntoView {
    let wiring = wire(&form, name, help.is_some());
    let current = if wiring.value.is_empty() { selected.unwrap_or_default() } else { wiring.value.clone() };
    let is_bad = wiring.problem.is_some();
    let options = options
        .into_iter()
        .map(|(value, words)| {
            let is_selected = value == current;
            view! { <option value=value selected=is_selected>{words}</option> }
        })
        .collect_view();
    let control = view! {
        <select
            id=wiring.id.clone()
            name=name
            autofocus=is_bad
            aria-invalid=is_bad.then_some("true")
            aria-describedby=wiring.described_by.clone()
        >
            {options}
        </select>
    };
    frame(&wiring, label, help, true, control.into_any())
}
