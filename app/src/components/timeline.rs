//! What happened, in order, with who and when.

use domain::stack::Condition;
use jiff::Timestamp;
use leptos::prelude::*;

use super::{Age, Icon, IconName};

pub struct Moment {
    pub at: Timestamp,
    pub condition: Condition,
    pub what: String,
    pub detail: Option<String>,
}

#[component]
pub fn Timeline(moments: Vec<Moment>) -> impl IntoView {
    let items = moments
        .into_iter()
        .map(|moment| {
            let class = format!("moment moment-{}", moment.condition.name());
            view! {
                <li class=class>
                    <span class="moment-mark"><Icon name=IconName::for_condition(moment.condition) /></span>
                    <div>
                        <p class="moment-what">{moment.what} " " <Age at=moment.at /></p>
                        {moment.detail.map(|detail| view! { <p class="moment-detail">{detail}</p> })}
                    </div>
                </li>
            }
        })
        .collect_view();
    view! { <ol class="timeline">{items}</ol> }
}
