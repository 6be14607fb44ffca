//! What is asked of an account or a whole stack.

use domain::{
    blueprint::checks::{CostCheck, CostPeriod, DriftCheck},
    check::{Budget, BudgetFacts, CheckFacts, CostFacts, DriftFacts, Known, Subject, Subjects, thousandths},
};
use jiff::{ToSpan as _, civil::Date, tz::TimeZone};
use serde_json::Value;

use crate::ports::{
    AwsError,
    inspection::{CostQuery, Seen},
};

use super::{Round, unavailable};

type Facts = (CheckFacts, Option<String>);

pub(super) async fn trails(round: &Round<'_>) -> Facts {
    let asked = format!("trails that cover {}", round.target.region);
    documents(asked, "Name", round.engine.inspection.trails(&round.target).await)
}

pub(super) async fn detectors(round: &Round<'_>) -> Facts {
    let asked = format!("threat detectors in {}", round.target.region);
    documents(asked, "detectorId", round.engine.inspection.detectors(&round.target).await)
}

fn documents(asked: String, name: &str, result: Result<Seen<Vec<Value>>, AwsError>) -> Facts {
    match result {
        Ok(seen) => {
            let subjects = seen.value.into_iter().map(|document| Subject {
                name: document.get(name).and_then(Value::as_str).unwrap_or_default().to_owned(),
                known: Known::Facts(document),
            });
            (CheckFacts::Documents(Subjects { asked, subjects: subjects.collect() }), seen.request_id)
        }
        Err(error) => unavailable(asked, &error),
    }
}

pub(super) async fn drift(round: &Round<'_>, check: &DriftCheck) -> Facts {
    let stack_name = round.stack_name(&check.stack);
    let asked = format!("drift of stack {stack_name}");
    let resources = match round.resources(&check.stack).await {
        Ok(resources) => resources,
        Err(error) => return unavailable(asked, &error),
    };
    match (resources, round.engine.inspection.drift(&round.target, &stack_name).await) {
        (Some(resources), Ok(Some(drift))) => {
            let total = u64::try_from(resources.len()).unwrap_or(u64::MAX);
            let facts = DriftFacts { stack_name, total, checked: drift.checked, drifted: drift.drifted };
            (CheckFacts::Drift(facts), None)
        }
        (_, Err(error)) => unavailable(asked, &error),
        _ => (CheckFacts::Unavailable { asked, why: "there is no such stack".to_owned() }, None),
    }
}

pub(super) async fn budgets(round: &Round<'_>) -> Facts {
    let asked = "budgets of the account".to_owned();
    match round.engine.inspection.budgets(&round.target).await {
        Ok(seen) => {
            let budgets = seen.value.iter().filter_map(budget).collect();
            (CheckFacts::Budgets(BudgetFacts { asked, budgets }), seen.request_id)
        }
        Err(error) => unavailable(asked, &error),
    }
}

/// `None` for a budget of usage instead of money.
fn budget(document: &Value) -> Option<Budget> {
    let amount = |pointer: &str| document.pointer(pointer).and_then(Value::as_str).and_then(thousandths);
    Some(Budget {
        name: document.get("BudgetName")?.as_str()?.to_owned(),
        limit: amount("/BudgetLimit/Amount")?,
        actual: amount("/CalculatedSpend/ActualSpend/Amount").unwrap_or(0),
        forecast: amount("/CalculatedSpend/ForecastedSpend/Amount"),
        currency: document.pointer("/BudgetLimit/Unit").and_then(Value::as_str).unwrap_or("USD").to_owned(),
    })
}

pub(super) async fn cost(round: &Round<'_>, check: &CostCheck) -> Facts {
    let today = round.engine.clock.now().to_zoned(TimeZone::UTC).date();
    let (from, until) = days(check.period, today);
    let query = CostQuery { from, until, tag: check.tag.clone(), service: check.service.clone() };
    let of = check.service.as_ref().map(|service| format!(" of {service}")).unwrap_or_default();
    let tagged = check.tag.as_ref().map(|(key, value)| format!(" tagged {key}={value}")).unwrap_or_default();
    let asked = format!("costs{of}{tagged} from {from} until before {until}");
    match round.engine.inspection.cost(&round.target, &query).await {
        Ok(seen) => {
            let (amount, currency) = seen.value.map_or((None, String::new()), |(sum, unit)| (Some(sum), unit));
            (CheckFacts::Cost(CostFacts { asked, amount, currency }), seen.request_id)
        }
        Err(error) => unavailable(asked, &error),
    }
}

/// The first day, and the one after the last.
fn days(period: CostPeriod, today: Date) -> (Date, Date) {
    let first = today.first_of_month();
    match period {
        CostPeriod::MonthToDate => (first, today.saturating_add(1.day())),
        CostPeriod::LastMonth => (first.saturating_sub(1.month()), first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_whole_days() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let table = [
            (CostPeriod::MonthToDate, "2026-11-01", "2026-11-01", "2026-11-02"),
            (CostPeriod::MonthToDate, "2026-11-25", "2026-11-01", "2026-11-26"),
            (CostPeriod::LastMonth, "2026-01-31", "2025-12-01", "2026-01-01"),
        ];
        for (period, today, from, until) in table {
            assert_eq!(days(period, day(today)), (day(from), day(until)), "{today}");
        }
    }
}
