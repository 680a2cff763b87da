//! Making the files of a stopped daemon small, and rid of what was deleted: no free page and no
//! log keeps a byte of it.

use std::path::Path;

use rusqlite::limits::Limit;

use super::contents::{Contents, SHELVES};
use super::error::{Result, StoreError};
use super::{Store, open, wal};

/// Rewrites the database in `folder`, and its index if it has one, and removes the contents of
/// files that nobody wants. There must be a database already, and no daemon.
pub(crate) fn compact(folder: &Path) -> Result<()> {
    open::exists(folder)?;
    let store = Store::open(folder)?;
    // Of messages that are deleted; the daemon stopped before it came to that.
    store.conn.execute("DELETE FROM file WHERE loose = 0", ())?;
    remove_contents(&store)?;
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

/// Those that no row refers to, and what has come of uploads that are no more.
fn remove_contents(store: &Store) -> Result<()> {
    let (rows, contents) = (store.reader()?, Contents::beside(&store.folder));
    let about = |done: std::io::Result<()>| done.map_err(|error| contents.failed(&error));
    for upload in contents.all_coming().map_err(|error| contents.failed(&error))? {
        if !rows.is_uploading(upload)? {
            about(contents.discard(upload))?;
        }
    }
    for shelf in 0..SHELVES {
        for hash in contents.on_shelf(shelf).map_err(|error| contents.failed(&error))? {
            if !rows.is_wanted(hash)? {
                about(contents.remove(hash))?;
            }
        }
    }
    Ok(())
}
