//! Every metric that alarms and dashboards look at, with what its dimensions name.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::templates::{Piece, ResourceRef, Templates, Text};

/// Marks what only CloudFormation knows inside a dashboard's body; no template can hold these characters by accident.
const OPEN: char = '\u{E000}';
const CLOSE: char = '\u{E001}';

#[derive(Clone, Debug)]
pub struct MetricUse {
    /// The alarm or the dashboard.
    pub owner: ResourceRef,
    pub is_alarm: bool,
    pub namespace: String,
    pub metric: String,
    pub dimensions: Vec<Dimension>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dimension {
    pub name: String,
    /// `None` when part of it is not known.
    pub literal: Option<String>,
    pub resources: BTreeSet<ResourceRef>,
}

impl MetricUse {
    pub fn dimension_names(&self) -> Vec<&str> {
        self.dimensions.iter().map(|d| d.name.as_str()).collect()
    }

    pub fn resources(&self) -> BTreeSet<ResourceRef> {
        self.dimensions.iter().flat_map(|d| d.resources.iter().copied()).collect()
    }
}

/// Alarms first, then dashboards, in the order of the templates.
pub fn uses(templates: &Templates) -> Vec<MetricUse> {
    let alarms = templates.of_kind("AWS::CloudWatch::Alarm").flat_map(|(at, _)| of_alarm(templates, at));
    let dashboards = templates.of_kind("AWS::CloudWatch::Dashboard").flat_map(|(at, _)| of_dashboard(templates, at));
    alarms.chain(dashboards).collect()
}

fn of_alarm(templates: &Templates, owner: ResourceRef) -> Vec<MetricUse> {
    let properties = &templates.get(owner).properties;
    let queries = properties.get("Metrics").and_then(Value::as_array);
    let inner = queries.into_iter().flatten().filter_map(|query| query.pointer("/MetricStat/Metric"));
    std::iter::once(properties)
        .chain(inner)
        .filter_map(|metric| {
            let text = |key: &str| templates.literal(owner.stack, metric.get(key)?);
            let dimensions = metric.get("Dimensions").and_then(Value::as_array);
            Some(MetricUse {
                owner,
                is_alarm: true,
                namespace: text("Namespace")?,
                metric: text("MetricName")?,
                dimensions: dimensions
                    .into_iter()
                    .flatten()
                    .filter_map(|entry| {
                        let name = templates.literal(owner.stack, entry.get("Name")?)?;
                        Some(dimension(templates, name, &templates.text(owner.stack, entry.get("Value")?)))
                    })
                    .collect(),
            })
        })
        .collect()
}

fn dimension(templates: &Templates, name: String, text: &Text) -> Dimension {
    Dimension { name, literal: templates.spelled(text), resources: text.resources().collect() }
}

fn of_dashboard(templates: &Templates, owner: ResourceRef) -> Vec<MetricUse> {
    let Some(body) = Dashboard::read(templates, owner) else { return Vec::new() };
    body.metric_rows().into_iter().filter_map(|row| body.use_of(templates, owner, &row)).collect()
}

/// A dashboard's body as JSON, with the parts nobody knows marked.
pub struct Dashboard {
    pub body: Value,
    /// What the marks stand for.
    pieces: Vec<Piece>,
}

impl Dashboard {
    /// `None`: the body is not in the template, or not JSON.
    pub fn read(templates: &Templates, owner: ResourceRef) -> Option<Self> {
        let text = templates.text(owner.stack, templates.property(owner, "/DashboardBody")?);
        let (mut body, mut pieces) = (String::new(), Vec::new());
        for piece in text.0 {
            match piece {
                Piece::Known(known) => body.push_str(&known),
                other => {
                    body.push_str(&format!("{OPEN}{}{CLOSE}", pieces.len()));
                    pieces.push(other);
                }
            }
        }
        Some(Self { body: serde_json::from_str(&body).ok()?, pieces })
    }

    pub fn widgets(&self) -> impl Iterator<Item = &Value> {
        self.body.get("widgets").and_then(Value::as_array).into_iter().flatten()
    }

    /// A text of the body with its marks as pieces.
    pub fn text(&self, text: &str) -> Text {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(OPEN) {
            if !before.is_empty() {
                pieces.push(Piece::Known(before.to_owned()));
            }
            let (index, after) = after.split_once(CLOSE).unwrap_or((after, ""));
            let piece = index.parse::<usize>().ok().and_then(|index| self.pieces.get(index));
            pieces.push(piece.cloned().unwrap_or(Piece::Unknown));
            rest = after;
        }
        if !rest.is_empty() || pieces.is_empty() {
            pieces.push(Piece::Known(rest.to_owned()));
        }
        Text(pieces)
    }

    /// Rows of all metric widgets, with `.` and `...` replaced by what they repeat.
    fn metric_rows(&self) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        for widget in self.widgets() {
            let mut previous: Vec<String> = Vec::new();
            for row in widget.pointer("/properties/metrics").and_then(Value::as_array).into_iter().flatten() {
                let mut full: Vec<String> = Vec::new();
                let words = row.as_array().into_iter().flatten().filter_map(Value::as_str);
                for word in words {
                    match word {
                        "..." => {
                            // Everything but the last, which the row gives itself.
                            let kept = previous.len().saturating_sub(1);
                            full.extend(previous.iter().take(kept).skip(full.len()).cloned());
                        }
                        "." => full.extend(previous.get(full.len()).cloned()),
                        word => full.push(word.to_owned()),
                    }
                }
                // An expression has no words of its own.
                if full.len() >= 2 {
                    previous.clone_from(&full);
                    rows.push(full);
                }
            }
        }
        rows
    }

    fn use_of(&self, templates: &Templates, owner: ResourceRef, row: &[String]) -> Option<MetricUse> {
        let known = |word: &String| self.text(word).literal();
        let dimensions = row.get(2..).unwrap_or_default().chunks_exact(2).filter_map(|pair| {
            let [name, value] = pair else { return None };
            Some(dimension(templates, known(name)?, &self.text(value)))
        });
        Some(MetricUse {
            owner,
            is_alarm: false,
            namespace: known(row.first()?)?,
            metric: known(row.get(1)?)?,
            dimensions: dimensions.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::templates::Stack;

    use super::*;

    #[test]
    fn the_rows_of_a_dashboard_repeat_the_row_before() {
        let body = json!({"widgets": [{"properties": {"metrics": [
            ["AWS/Lambda", "Errors", "FunctionName", "one", {"stat": "Sum"}],
            ["...", "two"],
            [".", "Duration", ".", "."],
            [{"expression": "m1 + m2"}]
        ]}}]});
        let template = json!({"Resources": {"D": {
            "Type": "AWS::CloudWatch::Dashboard",
            "Properties": {"DashboardBody": body.to_string()}
        }}});
        let stack = Stack::of_account("A", "a".into(), &template.to_string(), [].into()).unwrap();
        let templates = Templates { stacks: vec![stack] };
        let found: Vec<(String, String)> =
            uses(&templates).into_iter().map(|u| (u.metric, u.dimensions[0].literal.clone().unwrap())).collect();
        let expected = [("Errors", "one"), ("Errors", "two"), ("Duration", "two")];
        assert_eq!(found, expected.map(|(m, v)| (m.to_owned(), v.to_owned())));
    }
}
