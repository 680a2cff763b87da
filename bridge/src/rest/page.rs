//! Pages: how many rows, and where they go on.

use parlor_proto::limits::PAGE_ROWS_MAX;
use parlor_proto::rest::PageToken;
use serde::Deserialize;
use utoipa::IntoParams;

use super::problem::Refused;

/// Which page of a list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    /// At most so many rows; missing: as many as the server gives.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    page_size: Option<u32>,
    /// From the answer before, to go on.
    #[serde(default)]
    #[param(inline)]
    page_token: Option<PageToken>,
}

impl Page {
    pub(super) fn rows(&self) -> Result<u32, Refused> {
        rows(self.page_size)
    }

    /// Of lists by name.
    pub(super) fn after_name(&self) -> Result<String, Refused> {
        after_name(self.page_token.as_ref())
    }

    /// Of lists that are counted.
    pub(super) fn skip(&self) -> Result<u32, Refused> {
        let skip = number(self.page_token.as_ref())?;
        u32::try_from(skip).map_err(|_| not_ours())
    }
}

/// The number after which a list goes on; 0: from the beginning.
pub(super) fn number(page_token: Option<&PageToken>) -> Result<u64, Refused> {
    match PageToken::text(page_token) {
        Some("") => Ok(0),
        Some(number) => number.parse().map_err(|_| not_ours()),
        None => Err(not_ours()),
    }
}

/// The rows wished for; 0: as many as the server gives.
pub(super) fn rows(page_size: Option<u32>) -> Result<u32, Refused> {
    match page_size {
        Some(rows) if !(1..=PAGE_ROWS_MAX).contains(&rows) => {
            Err(Refused::field("page_size", format!("1 to {PAGE_ROWS_MAX} rows")))
        }
        rows => Ok(rows.unwrap_or_default()),
    }
}

/// The name after which a list goes on; empty: from the beginning.
pub(super) fn after_name(page_token: Option<&PageToken>) -> Result<String, Refused> {
    PageToken::text(page_token).map(str::to_owned).ok_or_else(not_ours)
}

fn not_ours() -> Refused {
    Refused::field("page_token", "a page token is one that an answer to the same call gave")
}
