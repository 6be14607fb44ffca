//! Cost Explorer and Budgets: what was handed in as a month's cost, day by day.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::{Value, json};

use super::{
    outside::{BudgetSeed, CostSeed},
    request::Refusal,
    seeding::HOME,
    series::{Series, key},
    session::{Answer, Session},
};

const BUDGETS_PER_PAGE: usize = 100;

fn today(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

/// What one service cost on one day, or until now; nothing on a day that is still to come.
fn of_day(cost: &CostSeed, day: Date, now: Timestamp) -> f64 {
    let whole = cost.monthly / f64::from(day.days_in_month());
    let tags = cost.tags.values().map(String::as_str).collect::<Vec<_>>().join("/");
    let number = i64::from(day.day_of_year()) + 400 * i64::from(day.year());
    let wobble = Series::daily(1.0, 0.0, 0.08).at(key(&[&cost.service, &tags]), number * 24 * 60);
    let today = today(now);
    let part = match day.cmp(&today) {
        std::cmp::Ordering::Less => 1.0,
        std::cmp::Ordering::Equal => {
            f64::from(i32::try_from(now.as_second().rem_euclid(86_400)).unwrap_or_default()) / 86_400.0
        }
        std::cmp::Ordering::Greater => 0.0,
    };
    whole * wobble * part
}

fn days(from: Date, to: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(from), |day| day.tomorrow().ok()).take_while(move |day| *day < to)
}

fn amount(value: f64) -> String {
    format!("{value:.10}")
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "ValidationException", message)
}

pub(super) fn cost_and_usage(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let request = session.request;
    let now = session.now;
    let date = |name: &str| -> Result<Date, Refusal> {
        let text = request.input.pointer(&format!("/TimePeriod/{name}")).and_then(Value::as_str).unwrap_or_default();
        text.parse().map_err(|_| invalid(format!("{name} time {text} is invalid. Valid format is: yyyy-MM-dd.")))
    };
    let (from, to) = (date("Start")?, date("End")?);
    if from >= to {
        return Err(invalid("Start date (and hour) should be before end date (and hour)"));
    }
    let is_monthly = match request.text("Granularity") {
        Some("MONTHLY") => true,
        Some("DAILY") => false,
        other => return Err(invalid(format!("Granularity {other:?} is not one the sandbox knows"))),
    };
    let metrics: Vec<&str> = request
        .input
        .get("Metrics")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if metrics.is_empty() {
        return Err(invalid("Metrics are required"));
    }
    let groupings = groupings(&request.input)?;
    let filter = request.input.get("Filter");
    let costs = &session.state.place(&request.account, HOME).outside.costs;
    let mut fitting = Vec::new();
    for cost in costs {
        if filter.map_or(Ok(true), |filter| passes(filter, cost))? {
            fitting.push(cost);
        }
    }
    let results = periods(from, to, is_monthly).into_iter().map(|(from, to)| {
        let sum = |cost: &CostSeed| days(from, to).map(|day| of_day(cost, day, now)).sum::<f64>();
        let shown = |value: f64| {
            let of = metrics.iter().map(|name| ((*name).to_owned(), json!({ "Amount": amount(value), "Unit": "USD" })));
            Value::Object(of.collect())
        };
        let mut groups: BTreeMap<Vec<String>, f64> = BTreeMap::new();
        for cost in &fitting {
            *groups.entry(groupings.iter().map(|by| by.of(cost)).collect()).or_default() += sum(cost);
        }
        let total = if groupings.is_empty() { shown(groups.values().sum()) } else { json!({}) };
        let groups = if groupings.is_empty() { BTreeMap::new() } else { groups };
        json!({
            "TimePeriod": { "Start": from.to_string(), "End": to.to_string() },
            "Total": total,
            "Groups": groups
                .into_iter()
                .filter(|(_, value)| *value > 0.0)
                .map(|(keys, value)| json!({ "Keys": keys, "Metrics": shown(value) }))
                .collect::<Vec<_>>(),
            // Bills are closed some days after the month.
            "Estimated": to.first_of_month() >= today(now).first_of_month(),
        })
    });
    let mut answer = json!({ "ResultsByTime": results.collect::<Vec<_>>(), "DimensionValueAttributes": [] });
    if let (Some(by), Some(fields)) = (request.input.get("GroupBy"), answer.as_object_mut()) {
        fields.insert("GroupDefinitions".to_owned(), by.clone());
    }
    Ok(Answer::Document(answer))
}

/// Months begin and end with the time asked for.
fn periods(from: Date, to: Date, is_monthly: bool) -> Vec<(Date, Date)> {
    let mut periods = Vec::new();
    let mut begin = from;
    while begin < to {
        let next = if is_monthly { begin.last_of_month() } else { begin };
        let Ok(next) = next.tomorrow() else { break };
        let end = next.min(to);
        periods.push((begin, end));
        begin = end;
    }
    periods
}

enum Grouping {
    Service,
    Tag(String),
}

impl Grouping {
    fn of(&self, cost: &CostSeed) -> String {
        match self {
            Self::Service => cost.service.clone(),
            Self::Tag(name) => format!("{name}${}", cost.tags.get(name).map_or("", String::as_str)),
        }
    }
}

fn groupings(input: &Value) -> Result<Vec<Grouping>, Refusal> {
    let all = input.get("GroupBy").and_then(Value::as_array).into_iter().flatten();
    let read = |one: &Value| match (one.get("Type").and_then(Value::as_str), one.get("Key").and_then(Value::as_str)) {
        (Some("DIMENSION"), Some("SERVICE")) => Ok(Grouping::Service),
        (Some("TAG"), Some(name)) => Ok(Grouping::Tag(name.to_owned())),
        _ => Err(invalid(format!("The sandbox cannot group by {one}"))),
    };
    all.map(read).collect()
}

fn passes(filter: &Value, cost: &CostSeed) -> Result<bool, Refusal> {
    let values = |of: &Value| -> BTreeSet<String> {
        of.get("Values")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    };
    let all = |name: &str| filter.get(name).and_then(Value::as_array);
    if let Some(parts) = all("And") {
        return parts.iter().try_fold(true, |so_far, part| Ok(so_far && passes(part, cost)?));
    }
    if let Some(parts) = all("Or") {
        return parts.iter().try_fold(false, |so_far, part| Ok(so_far || passes(part, cost)?));
    }
    if let Some(part) = filter.get("Not") {
        return Ok(!passes(part, cost)?);
    }
    if let Some(tags) = filter.get("Tags") {
        let name = tags.get("Key").and_then(Value::as_str).unwrap_or_default();
        return Ok(cost.tags.get(name).is_some_and(|value| values(tags).contains(value)));
    }
    match filter.get("Dimensions") {
        Some(of) if of.get("Key").and_then(Value::as_str) == Some("SERVICE") => Ok(values(of).contains(&cost.service)),
        // Everything here is usage, in the region the account lives in.
        Some(of) if of.get("Key").and_then(Value::as_str) == Some("RECORD_TYPE") => Ok(values(of).contains("Usage")),
        _ => Err(invalid(format!("The sandbox cannot filter by {filter}"))),
    }
}

pub(super) fn budgets(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let request = session.request;
    let account = request.required_text("AccountId", "InvalidParameterException")?;
    if account != request.account {
        let message = format!("Account {} is not authorized to access budgets of {account}", request.account);
        return Err(Refusal::new(400, "AccessDeniedException", message));
    }
    let now = session.now;
    let made: Vec<BudgetSeed> = session
        .inventories_of_account()
        .iter()
        .flat_map(|all| all.of("AWS::Budgets::Budget").map(of_stack).collect::<Vec<_>>())
        .collect();
    let outside = &session.state.place(&request.account, HOME).outside;
    let all: Vec<Value> =
        made.iter().chain(&outside.budgets).map(|budget| shown(budget, &outside.costs, now)).collect();
    let (page, token) = session.page_at(all, BUDGETS_PER_PAGE, request.text("NextToken"))?;
    let mut answer = json!({ "Budgets": page });
    if let (Some(token), Some(fields)) = (token, answer.as_object_mut()) {
        fields.insert("NextToken".to_owned(), json!(token));
    }
    Ok(Answer::Document(answer))
}

fn of_stack(live: &super::inventory::Live) -> BudgetSeed {
    let name = live.properties.pointer("/Budget/BudgetName").and_then(Value::as_str).unwrap_or(live.id());
    let limit = live.properties.pointer("/Budget/BudgetLimit/Amount").and_then(super::inventory::number);
    BudgetSeed { name: name.to_owned(), limit: limit.unwrap_or_default(), tag: None }
}

fn shown(budget: &BudgetSeed, costs: &[CostSeed], now: Timestamp) -> Value {
    let counts = |cost: &&CostSeed| budget.tag.as_ref().is_none_or(|(name, value)| cost.tags.get(name) == Some(value));
    let today = today(now);
    let month = today.first_of_month();
    let spent: f64 =
        costs.iter().filter(counts).flat_map(|cost| days(month, today).map(move |day| of_day(cost, day, now))).sum();
    let forecast: f64 = costs.iter().filter(counts).map(|cost| cost.monthly).sum();
    let money = |value: f64| json!({ "Amount": format!("{value:.3}"), "Unit": "USD" });
    let filters = budget.tag.as_ref().map(|(name, value)| json!({ "TagKeyValue": [format!("user:{name}${value}")] }));
    json!({
        "BudgetName": budget.name,
        "BudgetLimit": money(budget.limit),
        "CostFilters": filters.unwrap_or_else(|| json!({})),
        "TimeUnit": "MONTHLY",
        "BudgetType": "COST",
        "CalculatedSpend": { "ActualSpend": money(spent), "ForecastedSpend": money(forecast) },
        "LastUpdatedTime": now.as_second() - now.as_second().rem_euclid(28_800),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_cut_at_both_ends() {
        let date = |text: &str| text.parse::<Date>().unwrap();
        let cut = periods(date("2026-01-30"), date("2026-03-02"), true);
        let expected = [("2026-01-30", "2026-02-01"), ("2026-02-01", "2026-03-01"), ("2026-03-01", "2026-03-02")];
        assert_eq!(cut, expected.map(|(from, to)| (date(from), date(to))));
        assert_eq!(periods(date("2026-02-27"), date("2026-03-02"), false).len(), 3);
    }

    #[test]
    fn a_month_costs_about_what_was_said_and_the_future_nothing() {
        let cost = CostSeed { service: "AWS Lambda".to_owned(), monthly: 300.0, tags: BTreeMap::new() };
        let now: Timestamp = "2026-03-11T00:00:00Z".parse().unwrap();
        let date = |text: &str| text.parse::<Date>().unwrap();
        let sum = |from: &str, to: &str| days(date(from), date(to)).map(|day| of_day(&cost, day, now)).sum::<f64>();
        let february = sum("2026-02-01", "2026-03-01");
        assert!((280.0..320.0).contains(&february), "{february}");
        let march = sum("2026-03-01", "2026-04-01");
        assert!((85.0..110.0).contains(&march), "ten days of thirty-one: {march}");
    }
}
