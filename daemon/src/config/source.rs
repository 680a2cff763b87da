//! Where settings come from: a TOML file, `PARLORD_` variables, flags.

use std::fs;
use std::path::Path;

use toml::de::{DeTable, DeValue};
use toml::{Spanned, de::DeString};

use super::settings::{KEYS, Key, TOP, UNKNOWN};
use super::value::Given;
use super::{Flag, Loaded, Mistake, Place};

/// Also begins like a setting, and says where the file is.
const FILE_VARIABLE: &str = "PARLORD_CONFIG";

type Entry<'a, 'i> = (&'a Spanned<DeString<'i>>, &'a Spanned<DeValue<'i>>);

pub(super) fn read_file(loaded: &mut Loaded, path: &Path) -> Result<(), Mistake> {
    let at = |line| Place::File { path: path.to_owned(), line };
    let text = fs::read_to_string(path)
        .map_err(|error| Mistake { place: at(0), reason: error.to_string() })?;
    let line_of = |offset: usize| 1 + text.bytes().take(offset).filter(|b| *b == b'\n').count();
    let document = DeTable::parse(&text).map_err(|error| Mistake {
        place: at(error.span().map_or(0, |span| line_of(span.start))),
        reason: error.message().replace('\n', "; "),
    })?;
    for (key, value) in in_order(document.get_ref()) {
        let place = at(line_of(key.span().start));
        let DeValue::Table(section) = value.get_ref() else {
            set(loaded, place, (TOP, key.get_ref()), &given(value.get_ref()))?;
            continue;
        };
        let name = key.get_ref();
        if !KEYS.iter().any(|key| key.section == name && name != TOP) {
            return Err(Mistake { place, reason: unknown_section(name) });
        }
        for (key, value) in in_order(section) {
            let place = at(line_of(key.span().start));
            set(loaded, place, (name, key.get_ref()), &given(value.get_ref()))?;
        }
    }
    Ok(())
}

pub(super) fn read_environment(
    loaded: &mut Loaded,
    environment: &[(String, String)],
) -> Result<(), Mistake> {
    for (name, value) in environment.iter().filter(|(name, _)| name != FILE_VARIABLE) {
        match KEYS.iter().find(|key| key.variable() == *name) {
            Some(key) => {
                let place = Place::Environment(name.clone());
                set(loaded, place, (key.section, key.name), &Given::Word(value))?;
            }
            // Not refused: Kubernetes gives every pod variables named after its services.
            None => loaded.strangers.push(name.clone()),
        }
    }
    Ok(())
}

pub(super) fn read_flags(loaded: &mut Loaded, flags: &[Flag]) -> Result<(), Mistake> {
    for flag in flags {
        let (section, name) = flag.key.split_once('.').unwrap_or((TOP, flag.key));
        set(loaded, Place::Flag(flag.name), (section, name), &Given::Word(&flag.value))?;
    }
    Ok(())
}

fn set(
    loaded: &mut Loaded,
    place: Place,
    (section, name): (&str, &str),
    given: &Given<'_>,
) -> Result<(), Mistake> {
    let path = if section == TOP { name.to_owned() } else { format!("{section}.{name}") };
    let Some(key) = Key::find(&path) else {
        return Err(Mistake { place, reason: unknown_key(section, &path) });
    };
    match loaded.config.set((section, name), given) {
        Ok(()) => {
            loaded.places.insert(key, place);
            Ok(())
        }
        Err(reason) => Err(Mistake { place, reason: format!("{path}: {reason}") }),
    }
}

/// As written, so that the first mistake is the one that is told.
fn in_order<'a, 'i>(table: &'a DeTable<'i>) -> Vec<Entry<'a, 'i>> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

fn given<'a>(value: &'a DeValue<'_>) -> Given<'a> {
    match value {
        DeValue::String(text) => Given::Text(text),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Given::Integer(number),
            Err(_) => Given::Other("a number of more than 64 bits"),
        },
        DeValue::Float(_) => Given::Other("a fraction"),
        DeValue::Boolean(yes) => Given::Boolean(*yes),
        DeValue::Datetime(_) => Given::Other("a date"),
        DeValue::Array(list) => {
            Given::List(list.iter().map(|value| given(value.get_ref())).collect())
        }
        DeValue::Table(_) => Given::Other("a table"),
    }
}

fn unknown_key(section: &str, path: &str) -> String {
    if KEYS.iter().any(|key| key.section == path) {
        return format!("{path}: is a section: write [{path}] and its settings below");
    }
    let names: Vec<&str> =
        KEYS.iter().filter(|key| key.section == section).map(|key| key.name).collect();
    let place =
        if section == TOP { "above the sections".into() } else { format!("in [{section}]") };
    format!("{path}: {UNKNOWN}; {place} there are: {}", names.join(", "))
}

fn unknown_section(name: &str) -> String {
    let mut sections: Vec<&str> = KEYS.iter().map(|key| key.section).collect();
    sections.dedup();
    sections.retain(|section| *section != TOP);
    format!("[{name}]: no such section; there are: {}", sections.join(", "))
}
