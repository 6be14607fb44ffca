//! Budgets and costs. Both live in one region whatever they are about.

use serde_json::{Value, json};

use domain::check::thousandths;

use crate::ports::{
    AwsError, Target,
    inspection::{CostQuery, Seen},
};

use super::{
    super::{
        Aws,
        call::{DESCRIBE_BUDGETS, GET_COST_AND_USAGE},
    },
    Pages,
    data::or_none,
    text,
};

impl Aws {
    pub(super) async fn account_budgets(&self, target: &Target) -> Result<Seen<Vec<Value>>, AwsError> {
        let account = match &target.account {
            Some(account) => account.clone(),
            None => crate::ports::IdentityPort::account(self, target).await?,
        };
        let pages = Pages { items: "Budgets", token_in: "NextToken", token_out: "NextToken" };
        let asked = self.pages(target, &DESCRIBE_BUDGETS, json!({ "AccountId": account }), pages).await;
        asked.or_else(or_none)
    }

    pub(super) async fn amount(
        &self,
        target: &Target,
        query: &CostQuery,
    ) -> Result<Seen<Option<(i64, String)>>, AwsError> {
        let tag = query.tag.iter().map(|(key, value)| json!({ "Tags": { "Key": key, "Values": [value] } }));
        let service = query.service.iter().map(|name| json!({ "Dimensions": { "Key": "SERVICE", "Values": [name] } }));
        let mut filters: Vec<Value> = tag.chain(service).collect();
        let mut input = json!({
            "TimePeriod": { "Start": query.from.to_string(), "End": query.until.to_string() },
            "Granularity": "MONTHLY", "Metrics": ["UnblendedCost"]
        });
        match filters.len() {
            0 => {}
            1 => input["Filter"] = filters.remove(0),
            _ => input["Filter"] = json!({ "And": filters }),
        }
        let pages = Pages { items: "ResultsByTime", token_in: "NextPageToken", token_out: "NextPageToken" };
        let months = self.pages(target, &GET_COST_AND_USAGE, input, pages).await?;
        let mut total = None;
        for month in &months.value {
            let Some(cost) = month.pointer("/Total/UnblendedCost") else { continue };
            let amount = text(cost, "Amount").as_deref().and_then(thousandths).unwrap_or(0);
            let currency = text(cost, "Unit").unwrap_or_else(|| "USD".to_owned());
            let (sum, _) = total.unwrap_or((0, String::new()));
            total = Some((sum + amount, currency));
        }
        Ok(Seen { value: total, request_id: months.request_id })
    }
}
