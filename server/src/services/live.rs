//! Who may hear of what.

use std::collections::BTreeSet;

use app::{
    error::ApiError,
    ports::Caller,
    topics::{Subject, subject},
};
use async_trait::async_trait;

use crate::{db, http::LiveAccess};

use super::{ServiceError, Services};

#[async_trait]
impl LiveAccess for Services {
    /// A topic somebody may not hear of is left out without a word, as if nothing ever happened there.
    async fn audible(&self, caller: &Caller, topics: BTreeSet<String>) -> Result<BTreeSet<String>, ApiError> {
        Ok(self.audible_topics(caller, topics).await?)
    }
}

impl Services {
    async fn audible_topics(
        &self,
        caller: &Caller,
        topics: BTreeSet<String>,
    ) -> Result<BTreeSet<String>, ServiceError> {
        let mut audible = BTreeSet::new();
        for topic in topics {
            let place = match subject(&topic) {
                None => continue,
                Some(Subject::Everybody) => {
                    audible.insert(topic);
                    continue;
                }
                Some(Subject::Environment { application, environment }) => Some((application, environment)),
                Some(Subject::Deployment(id)) => {
                    let mut connection = self.db.read().await?;
                    db::deployments::find_place(&mut connection, id).await?
                }
            };
            if place.is_some_and(|(application, environment)| self.may_see(caller, &application, &environment)) {
                audible.insert(topic);
            }
        }
        Ok(audible)
    }
}
