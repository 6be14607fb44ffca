//! What lists can be sorted by: column ids of the interface, each with the expression that sorts by it. Nothing that was
//! typed reaches a statement.

use app::views::Sort;

/// Column ids and the expressions behind them.
pub type Sortable = [(&'static str, &'static str)];

/// The `ORDER BY` of a list: by the wanted column where it can be sorted by, then by `otherwise`, which is total.
pub fn clause(sortable: &Sortable, sort: Option<&Sort>, otherwise: &str) -> String {
    let wanted = sort.and_then(|sort| {
        let (_, expression) = sortable.iter().find(|(id, _)| *id == sort.column)?;
        let direction = if sort.is_descending { "DESC" } else { "ASC" };
        Some(format!("{expression} {direction}, "))
    });
    format!("ORDER BY {}{otherwise}", wanted.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SORTABLE: [(&str, &str); 1] = [("who", "LOWER(actor_name)")];

    fn sort(column: &str) -> Sort {
        Sort { column: column.to_owned(), is_descending: true }
    }

    #[test]
    fn only_known_columns_get_into_the_statement() {
        assert_eq!(clause(&SORTABLE, Some(&sort("who")), "id"), "ORDER BY LOWER(actor_name) DESC, id");
        for unknown in ["LOWER(actor_name)", "id; DROP TABLE audit_events", ""] {
            assert_eq!(clause(&SORTABLE, Some(&sort(unknown)), "id"), "ORDER BY id");
        }
        assert_eq!(clause(&SORTABLE, None, "id"), "ORDER BY id");
    }
}
