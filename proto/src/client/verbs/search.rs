//! Looking for what was said.

use bytes::Bytes;

use super::expect_answer;
use crate::client::{Client, Error};
use crate::v1::client_frame::Body as Ask;
use crate::v1::{self, SearchResponse};

impl Client {
    /// Messages that are what `query` says, best first; `page_token` from the answer before, or
    /// empty. `page_rows` of 0: as many as the server gives.
    ///
    /// # Errors
    ///
    /// As [`Client::request`]; `BAD_QUERY` says what in the query cannot be understood.
    pub async fn search(
        &self,
        query: impl Into<String>,
        page_token: &[u8],
        page_rows: u32,
    ) -> Result<SearchResponse, Error> {
        let page_token = Bytes::copy_from_slice(page_token);
        let search = v1::SearchRequest { query: query.into(), page_rows, page_token };
        expect_answer!(self.request(Ask::Search(search)).await, Search)
    }
}
