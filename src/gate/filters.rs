//! Filters of the queue with a name, shared by all reviewers.

use prost::Message as _;

use super::{
    Gate,
    desk::now,
    review::{filter, reviewer},
};
use crate::{
    fault::{Code, Fault},
    limits,
    proto::{
        self, DeleteSavedFilterRequest, DeleteSavedFilterResponse, ListSavedFiltersRequest, ListSavedFiltersResponse,
        ReviewFilter, SaveFilterRequest, SaveFilterResponse,
    },
    review::{Filter, State},
    store::{Count, SavedFilter, Store},
};

impl Gate {
    /// Lists all saved filters, with how many items wait for each.
    pub async fn list_saved_filters(&self, _: ListSavedFiltersRequest) -> Result<ListSavedFiltersResponse, Fault> {
        let desk = self.review()?;
        let mut saved_filters = Vec::new();
        for it in desk.store.saved_filters().await? {
            saved_filters.push(counted(&*desk.store, it).await?);
        }
        Ok(ListSavedFiltersResponse { saved_filters })
    }

    /// Saves a filter under a name.
    pub async fn save_filter(&self, request: SaveFilterRequest) -> Result<SaveFilterResponse, Fault> {
        let desk = self.review()?;
        let message = request.filter.unwrap_or_default();
        filter(message.clone())?;
        let new = SavedFilter {
            name: name(&request.name)?.to_owned(),
            filter: message.encode_to_vec(),
            reviewer: reviewer(&request.reviewer)?.to_owned(),
            updated: now(),
        };
        desk.store.save_filter(new.clone()).await?;
        Ok(SaveFilterResponse { saved_filter: Some(counted(&*desk.store, new).await?) })
    }

    /// Deletes a saved filter.
    pub async fn delete_saved_filter(
        &self,
        request: DeleteSavedFilterRequest,
    ) -> Result<DeleteSavedFilterResponse, Fault> {
        let desk = self.review()?;
        let all = desk.store.saved_filters().await?;
        let Some(found) = all.iter().find(|it| id(&it.name) == request.saved_filter) else {
            let message = format!("no saved filter has the id {:?}", request.saved_filter);
            return Err(Fault::new(Code::NotFound, "ID_NOT_FOUND", message).with("what", "saved filter"));
        };
        desk.store.delete_filter(&found.name).await?;
        Ok(DeleteSavedFilterResponse {})
    }
}

/// The message of a saved filter, with how many items wait for it.
async fn counted(store: &dyn Store, saved: SavedFilter) -> Result<proto::SavedFilter, Fault> {
    let message = ReviewFilter::decode(saved.filter.as_slice()).map_err(|it| Fault::internal(&it))?;
    let waiting = Filter { states: vec![State::Pending], ..filter(message.clone())? };
    let (count, has_more) = match store.count(&waiting, None).await? {
        Count::Exactly(count) => (count, false),
        Count::AtLeast(count) => (count, true),
    };
    Ok(proto::SavedFilter {
        saved_filter: id(&saved.name),
        name: saved.name,
        filter: Some(message),
        reviewer: saved.reviewer,
        update_time: Some(proto::timestamp(saved.updated)),
        pending_count: i64::try_from(count).unwrap_or(i64::MAX),
        has_more,
    })
}

/// An id made from the name, as that may hold any letters.
fn id(name: &str) -> String {
    format!("flt_{}", &blake3::hash(name.as_bytes()).to_hex()[..32])
}

fn name(text: &str) -> Result<&str, Fault> {
    let name = text.trim();
    let wrong = |message: &str| Err(Fault::field("name", message));
    if name.is_empty() {
        return wrong("is empty: say what the filter is for");
    }
    if name.len() > limits::FILTER_NAME_BYTES {
        return wrong(&format!("has {} bytes, limit is {}", name.len(), limits::FILTER_NAME_BYTES));
    }
    if name.chars().any(char::is_control) {
        return wrong("has control characters: write it in one line");
    }
    Ok(name)
}
