//! The questions of the shipped catalog, put to the databases of a test.

use super::order;
use catalog::{Catalog, Question, SqlAccess};
use collecting::Order;
use domain::QueryName;
use std::{collections::BTreeMap, fs, path::Path, sync::OnceLock};

/// The shipped catalog.
pub fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog");
        let mut files = BTreeMap::new();
        gather(&root, &root, &mut files);
        Catalog::read(files).unwrap_or_else(|problems| panic!("{problems}"))
    })
}

fn gather(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            files.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

/// The names of the queries that have a text for the engine of `access`.
pub fn names(access: &SqlAccess) -> Vec<&'static str> {
    let asks = |question: &Question| matches!(question, Question::Sql(sql) if sql.text.contains_key(&access.engine));
    catalog().source_queries().filter(|query| asks(&query.question)).map(|query| query.name.as_str()).collect()
}

/// The shipped query `name`, put to `access` for 1 July 2026.
pub fn asking(access: &SqlAccess, name: &str) -> Order {
    let query = catalog().source_query(&QueryName::new(name).unwrap()).unwrap_or_else(|| panic!("there is no {name}"));
    Order { query: query.clone(), ..order(access, "SELECT 1 AS a", &["a:integer"]) }
}
