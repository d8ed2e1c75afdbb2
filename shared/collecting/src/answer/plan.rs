//! How the declared columns are taken from the values of a JSON answer.

use crate::{
    CollectError, Place,
    answer::cells,
    answer::cells::Reason,
    answer::json::{Receive, is_object, members},
    answer::text::line_of,
};
use catalog::{CellPath, SourceQuery};
use domain::evidence::Cell;
use std::{borrow::Cow, collections::BTreeMap};

/// Receives the cells of one row.
pub(crate) type OnRow<'a> = &'a mut dyn FnMut(&[Cell]) -> Result<(), CollectError>;

/// The declared columns by where they are: `levels[0]` from the row, `levels[1]` from what holds the row's array, and so on.
pub(crate) struct Plan<'q> {
    query: &'q SourceQuery,
    levels: Vec<Level>,
}

#[derive(Default)]
struct Level {
    columns: Vec<usize>,
    root: Node,
}

/// A tree of member names; a value is walked once for all columns that it holds.
#[derive(Default)]
struct Node {
    columns: Vec<usize>,
    members: BTreeMap<String, Node>,
}

impl<'q> Plan<'q> {
    pub(crate) fn new(query: &'q SourceQuery) -> Result<Self, CollectError> {
        let mut levels = vec![Level::default()];
        for (index, declared) in query.columns.iter().enumerate() {
            let path: CellPath = declared
                .from
                .parse()
                .map_err(|error: catalog::PathError| refuse(query, &declared.column.name, error.to_string()))?;
            levels.resize_with(levels.len().max(path.up + 1), Level::default);
            if let Some(level) = levels.get_mut(path.up) {
                level.columns.push(index);
                level.root.at(&path.members).columns.push(index);
            }
        }
        Ok(Self { query, levels })
    }

    pub(crate) fn query(&self) -> &'q SourceQuery {
        self.query
    }

    /// Refuses columns that look further up than the rows have arrays around them.
    pub(crate) fn check_depth(&self, arrays: usize) -> Result<(), CollectError> {
        let too_far = self.levels.iter().skip(arrays + 1).flat_map(|level| &level.columns).next();
        match too_far.and_then(|index| self.query.columns.get(*index)) {
            None => Ok(()),
            Some(declared) => {
                let reason = format!("{:?} looks further up than the {arrays} arrays around a row", declared.from);
                Err(refuse(self.query, &declared.column.name, reason))
            }
        }
    }
}

fn refuse(query: &SourceQuery, column: &str, reason: String) -> CollectError {
    CollectError::Query { query: query.name.to_string(), column: column.to_owned(), reason }
}

impl Node {
    fn at(&mut self, path: &[String]) -> &mut Node {
        match path {
            [] => self,
            [first, rest @ ..] => self.members.entry(first.clone()).or_default().at(rest),
        }
    }
}

/// Takes rows one after the other and gives their cells on.
pub(crate) struct Rows<'a> {
    plan: &'a Plan<'a>,
    file: &'a str,
    text: &'a str,
    row: u64,
    cells: Vec<Cell>,
    found: Vec<bool>,
    on_row: OnRow<'a>,
}

/// A value that does not fit: the column, when it is one, and why.
struct Misfit {
    column: Option<usize>,
    reason: Reason,
}

impl<'a> Rows<'a> {
    /// `text` is the whole file, for the line numbers of what is wrong.
    pub(crate) fn new(plan: &'a Plan<'a>, file: &'a str, text: &'a str, on_row: OnRow<'a>) -> Self {
        let width = plan.query.columns.len();
        Self { plan, file, text, row: 0, cells: vec![Cell::Null; width], found: vec![false; width], on_row }
    }

    /// Takes what holds the next rows, `up` arrays above them.
    pub(crate) fn holder(&mut self, up: usize, json: &str) -> Result<(), CollectError> {
        self.take(up, json).map_err(|misfit| self.refuse(json, misfit))
    }

    /// Takes a row, given as valid JSON, and gives its cells on.
    pub(crate) fn row(&mut self, json: &str) -> Result<(), CollectError> {
        self.row += 1;
        self.take(0, json).map_err(|misfit| self.refuse(json, misfit))?;
        for (index, declared) in self.plan.query.columns.iter().enumerate() {
            if declared.required && self.found.get(index) != Some(&true) {
                let reason =
                    format!("there is no {:?}; correct `from`, or declare it with required = false", declared.from);
                return Err(self.refuse(json, Misfit { column: Some(index), reason: Cow::Owned(reason) }));
            }
        }
        (self.on_row)(&self.cells)
    }

    fn take(&mut self, up: usize, json: &str) -> Result<(), Misfit> {
        let Some(level) = self.plan.levels.get(up).filter(|level| !level.columns.is_empty()) else { return Ok(()) };
        for column in &level.columns {
            self.find(*column, false);
        }
        self.fill(&level.root, json)?;
        for column in &level.columns {
            if self.found.get(*column) != Some(&true) {
                self.clear(*column);
            }
        }
        Ok(())
    }

    fn fill(&mut self, node: &Node, json: &str) -> Result<(), Misfit> {
        for column in &node.columns {
            self.set(*column, json)?;
        }
        if node.members.is_empty() {
            return Ok(());
        }
        if !is_object(json) {
            // null.name is null, too; of anything else the member is absent.
            return if json == "null" { self.fill_null(node) } else { Ok(()) };
        }
        for (name, value) in &members(json).map_err(|reason| Misfit { column: None, reason })? {
            if let Some(member) = node.members.get(name.as_ref()) {
                self.fill(member, value)?;
            }
        }
        Ok(())
    }

    fn fill_null(&mut self, node: &Node) -> Result<(), Misfit> {
        node.members.values().try_for_each(|member| self.fill(member, "null"))
    }

    fn set(&mut self, column: usize, json: &str) -> Result<(), Misfit> {
        let (Some(declared), Some(cell)) = (self.plan.query.columns.get(column), self.cells.get_mut(column)) else {
            return Ok(());
        };
        let set = cells::from_json(declared.column.kind, &self.plan.query.null, json, cell);
        set.map_err(|reason| Misfit { column: Some(column), reason })?;
        self.find(column, true);
        Ok(())
    }

    fn find(&mut self, column: usize, is_found: bool) {
        if let Some(found) = self.found.get_mut(column) {
            *found = is_found;
        }
    }

    fn clear(&mut self, column: usize) {
        if let Some(cell) = self.cells.get_mut(column) {
            *cell = Cell::Null;
        }
    }

    fn refuse(&self, json: &str, misfit: Misfit) -> CollectError {
        let file = self.file.to_owned();
        let place = Place::Row { row: self.row.max(1), line: line_of(self.text, json) };
        let reason = misfit.reason.into_owned();
        match misfit.column.and_then(|column| self.plan.query.columns.get(column)) {
            Some(declared) => CollectError::Cell { file, place, column: declared.column.name.clone(), reason },
            None => CollectError::Malformed { file, place, reason },
        }
    }
}

impl Receive<'_> for Rows<'_> {
    fn holder(&mut self, up: usize, json: &str) -> Result<(), CollectError> {
        Rows::holder(self, up, json)
    }

    fn row(&mut self, json: &str) -> Result<(), CollectError> {
        Rows::row(self, json)
    }
}
