//! Making the files of a stopped daemon small, and rid of what was deleted: no free page and no
//! log keeps a byte of it.

use std::path::Path;

use rusqlite::limits::Limit;

use super::error::{Result, StoreError};
use super::{Store, open, wal};

/// Rewrites the database in `folder`, and its index if it has one. There must be a database
/// already, and no daemon.
pub(crate) fn compact(folder: &Path) -> Result<()> {
    open::exists(folder)?;
    let store = Store::open(folder)?;
    // A new file is written and copied over the old one: every page of it is new. To SQLite it is
    // attached meanwhile.
    store.conn.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 1)?;
    store.conn.execute_batch("VACUUM")?;
    wal::empty(&store.conn)?;
    if store.has_index()?
        && let Err(error) = store.index().and_then(|index| index.compact())
    {
        if matches!(error, StoreError::Full) {
            return Err(error);
        }
        tracing::warn!(%error, "the search index is thrown away, and will be made anew");
        store.remove_index()?;
    }
    store.close()
}
