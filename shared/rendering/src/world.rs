//! What the templates can reach: each other, the data, the built-in fonts. No clock, no folder, no network, no package.

use crate::{RenderError, Templates, templates::MAIN, typeface};
use std::{collections::BTreeMap, path::PathBuf, sync::LazyLock};
use typst::{
    Library, LibraryExt, World,
    diag::{FileError, FileResult, SourceDiagnostic},
    foundations::{Bytes, Datetime, Duration},
    syntax::{DiagSpanKind, FileId, RootedPath, Source, VirtualPath, VirtualRoot},
    text::{Font, FontBook},
    utils::LazyHash,
};

static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(Library::default()));
static BOOK: LazyLock<LazyHash<FontBook>> =
    LazyLock::new(|| LazyHash::new(FontBook::from_fonts(typeface::fonts().unwrap_or_default())));

/// Everything a compilation of the templates can read, in memory.
pub(crate) struct ReportWorld {
    main: FileId,
    sources: BTreeMap<String, Source>,
    files: BTreeMap<String, Bytes>,
    fonts: &'static [Font],
}

impl ReportWorld {
    /// A world of the templates and further files by path.
    pub(crate) fn new(templates: &Templates, files: Vec<(&str, Vec<u8>)>) -> Result<Self, RenderError> {
        let mut sources = BTreeMap::new();
        for (path, text) in templates.files() {
            sources.insert(path.clone(), Source::new(file_id(path)?, text.clone()));
        }
        let files = files.into_iter().map(|(path, bytes)| (path.to_owned(), Bytes::new(bytes))).collect();
        Ok(Self { main: file_id(MAIN)?, sources, files, fonts: typeface::fonts()? })
    }

    /// What went wrong and where, for the person who edits the templates.
    pub(crate) fn describe(&self, errors: &[SourceDiagnostic]) -> String {
        let described: Vec<String> = errors.iter().take(3).map(|error| self.describe_one(error)).collect();
        described.join("; ")
    }

    fn describe_one(&self, error: &SourceDiagnostic) -> String {
        let place = error.span.id().and_then(|id| {
            let path = path(id)?;
            let line = line(self.sources.get(path)?, error.span.get())?;
            Some(format!("{path}, line {line}: "))
        });
        format!("{}{}", place.unwrap_or_default(), error.message)
    }
}

/// The line, from 1, on which a span of `source` starts.
pub(crate) fn line(source: &Source, span: DiagSpanKind) -> Option<usize> {
    let range = match span {
        DiagSpanKind::Number { num, sub_range, .. } => source.range(num, sub_range)?,
        DiagSpanKind::Range { range, .. } => range,
        DiagSpanKind::Detached => return None,
    };
    Some(source.lines().byte_to_line(range.start)? + 1)
}

/// The path of a file of the catalog; none for a file of a package, which there are none of.
fn path(id: FileId) -> Option<&'static str> {
    let rooted: &'static RootedPath = id.get();
    (*rooted.root() == VirtualRoot::Project).then(|| rooted.vpath().get_without_slash())
}

fn file_id(path: &str) -> Result<FileId, RenderError> {
    let path = VirtualPath::new(path).map_err(|_| RenderError::TemplatePath(path.to_owned()))?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

fn not_found(id: FileId) -> FileError {
    FileError::NotFound(PathBuf::from(id.get().vpath().get_without_slash()))
}

impl World for ReportWorld {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &BOOK
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        path(id).and_then(|path| self.sources.get(path)).cloned().ok_or_else(|| not_found(id))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        path(id).and_then(|path| self.files.get(path)).cloned().ok_or_else(|| not_found(id))
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
