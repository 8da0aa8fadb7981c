//! The tables of keys in the documents, as Markdown.

use crate::keys::{Default, Key, LATCHKEY, TableKeys, Type};

/// Each table of the configuration by its path (`LATCHKEY` for the table itself), and its Markdown.
#[must_use]
pub fn tables() -> Vec<(String, String)> {
    let mut tables = vec![("LATCHKEY".to_owned(), markdown(&LATCHKEY, ""))];
    collect(&LATCHKEY, "", &mut tables);
    tables
}

fn collect(keys: &TableKeys, path: &str, tables: &mut Vec<(String, String)>) {
    for key in keys.keys {
        let path = if path.is_empty() { key.name.to_owned() } else { format!("{path}.{}", key.name) };
        match key.value {
            // The names of keys of a table that occurs once include the table's.
            Type::Table(inner) => {
                let prefix = match &*path {
                    "limits" | "passwords" => String::new(),
                    path => format!("{path}."),
                };
                tables.push((path.clone(), markdown(inner, &prefix)));
                collect(inner, &path, tables);
            }
            Type::Named(inner) | Type::Tables(inner) => {
                tables.push((path.clone(), markdown(inner, "")));
                collect(inner, &path, tables);
            }
            Type::Text(_)
            | Type::Choice(_)
            | Type::Number { .. }
            | Type::Flag
            | Type::List { .. }
            | Type::OneOrList(_)
            | Type::ChoiceOrList(..)
            | Type::KeySet => {}
        }
    }
}

fn markdown(keys: &TableKeys, prefix: &str) -> String {
    let rows = keys.keys.iter().map(|key| {
        format!("| `{prefix}{}` | {} | {} | {} |\n", key.name, default(key), key.unit, key.meaning)
    });
    let rows: String = rows.collect();
    format!("| key | default | unit | meaning |\n|---|---|---|---|\n{rows}")
}

fn default(key: &Key) -> String {
    match key.default {
        Default::Required => "required".to_owned(),
        Default::Nothing(note) => note.to_owned(),
        Default::Number(number) => number.to_string(),
        Default::Text(_) | Default::False | Default::True | Default::List(_) => {
            key.default.value().map_or_else(String::new, |value| format!("`{value}`"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::tables;

    /// Each document has each of its tables between two marks, as it is written here.
    #[test]
    fn the_documents_have_the_tables_that_are_written_from_the_keys() {
        let documents = [
            ("configuration.md", include_str!("../../docs/configuration.md")),
            ("limits-and-passwords.md", include_str!("../../docs/limits-and-passwords.md")),
        ];
        for (path, markdown) in tables() {
            let begin = format!("<!-- keys of {path}: written by tools/configuration-reference.mjs -->\n");
            let (name, rest) = documents
                .iter()
                .find_map(|(name, text)| Some((name, text.split_once(&begin)?.1)))
                .unwrap_or_else(|| panic!("no document has the keys of {path}"));
            let found = rest.split_once("<!-- end of keys -->").unwrap().0;
            assert_eq!(
                found.trim(),
                markdown.trim(),
                "docs/{name} has another table of the keys of {path}: run node tools/configuration-reference.mjs"
            );
        }
    }
}
