//! Budgets and costs.

use crate::blueprint::checks::{BudgetCheck, CostCheck, CostPeriod};

use super::{Finding, Judgement, Measurement, decimal, finding::all_of};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetFacts {
    pub asked: String,
    /// Name, limit, actual and expected spend, in thousandths, with the currency.
    pub budgets: Vec<Budget>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    pub name: String,
    pub limit: i64,
    pub actual: i64,
    pub forecast: Option<i64>,
    pub currency: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CostFacts {
    pub asked: String,
    /// Thousandths; `None`: no data for the period yet.
    pub amount: Option<i64>,
    pub currency: String,
}

pub(super) fn budget(check: &BudgetCheck, facts: &BudgetFacts) -> Finding {
    let count = u64::try_from(facts.budgets.len()).unwrap_or(u64::MAX);
    if count < check.min_budgets.max(1) {
        return Finding::new(Judgement::Fails, format!("{count} budgets"));
    }
    let judged = facts.budgets.iter().map(|budget| {
        let share = |amount: i64| if budget.limit > 0 { amount.saturating_mul(100) / budget.limit } else { i64::MAX };
        let mut problems = Vec::new();
        let (actual, limit) = (decimal(budget.actual), decimal(budget.limit));
        let used = format!("{} of {} {} used", actual, limit, budget.currency);
        if check.max_used_percent.is_some_and(|max| share(budget.actual) > i64::from(max)) {
            problems.push(used.clone());
        }
        if let (Some(max), Some(forecast)) = (check.max_forecast_percent, budget.forecast)
            && share(forecast) > i64::from(max)
        {
            problems.push(format!("{} of {} {} expected", decimal(forecast), limit, budget.currency));
        }
        all_of(&problems, || used).map_or_else(
            |wrong| (false, format!("{}: {wrong}", budget.name)),
            |fine| (true, format!("{}: {fine}", budget.name)),
        )
    });
    let (holds, lines): (Vec<bool>, Vec<String>) = judged.unzip();
    Finding::either(holds.into_iter().all(|holds| holds), lines.join("\n"))
}

pub(super) fn budget_expected(check: &BudgetCheck) -> String {
    let mut parts = vec![format!("at least {} budgets", check.min_budgets.max(1))];
    parts.extend(check.max_used_percent.map(|max| format!("at most {max} % used")));
    parts.extend(check.max_forecast_percent.map(|max| format!("at most {max} % expected")));
    parts.join(", ")
}

pub(super) fn cost(check: &CostCheck, facts: &CostFacts) -> Finding {
    let Some(amount) = facts.amount else {
        return Finding::unknown("AWS has no costs for this period yet".to_owned());
    };
    let low = check.min.is_some_and(|min| amount < min.saturating_mul(1000));
    let high = check.max.is_some_and(|max| amount > max.saturating_mul(1000));
    let found = format!("{} {}", decimal(amount), facts.currency);
    // A month that has just begun is always below its minimum.
    let is_too_low = low && check.period == CostPeriod::LastMonth;
    Finding::either(!high && !is_too_low, found).measuring(Measurement::new(amount, &facts.currency))
}

pub(super) fn cost_expected(check: &CostCheck) -> String {
    let period = match check.period {
        CostPeriod::MonthToDate => "this month so far",
        CostPeriod::LastMonth => "last month",
    };
    match (check.min, check.max) {
        (Some(min), Some(max)) => format!("{min} to {max} {period}"),
        (Some(min), None) => format!("at least {min} {period}"),
        (None, Some(max)) => format!("at most {max} {period}"),
        (None, None) => format!("an amount {period}"),
    }
}
