//! The peer for documents: WeasyPrint, in a Python of its own inside the target folder.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

// Pinned with what it depends on, so that two runs a month apart measure the same program.
const PACKAGES: [&str; 13] = [
    "brotli==1.2.1",
    "cffi==2.1.1",
    "cssselect2==0.10.1",
    "fonttools==4.68.0",
    "pillow==13.0.0",
    "pycparser==3.12",
    "pydyf==0.13.0",
    "pyphen==0.18.1",
    "tinycss2==1.5.1",
    "tinyhtml5==2.1.0",
    "weasyprint==70.0",
    "webencodings==0.6.1",
    "zopfli==0.4.3",
];

// Prints the number of pages, so that both sides are seen to lay out the same amount.
const SCRIPT: &str = "\
import sys, weasyprint
document = weasyprint.HTML(filename=sys.argv[1]).render()
document.write_pdf(sys.argv[2])
open(sys.argv[2] + '.pages', 'w').write(str(len(document.pages)))";

/// The Python that has WeasyPrint, or one line that says why there is none.
pub fn prepare(tools: &Path) -> Result<PathBuf, String> {
    let environment = tools.join("weasyprint");
    let python = environment.join("bin").join("python");
    if works(&python) {
        return Ok(python);
    }
    quiet(Command::new("python3").args(["-m", "venv"]).arg(&environment))
        .map_err(|reason| format!("WeasyPrint is left out: no virtual environment from python3 ({reason})"))?;
    quiet(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--only-binary=:all:"]).args(PACKAGES))
        .map_err(|reason| format!("WeasyPrint is left out: pip cannot install it ({reason})"))?;
    if works(&python) {
        Ok(python)
    } else {
        Err("WeasyPrint is left out: it does not start (are Pango's libraries installed?)".to_owned())
    }
}

/// The command that renders the HTML file `from` as the PDF file `to`, and writes the page count beside it.
pub fn command(python: &Path, from: &Path, to: &Path) -> Command {
    let mut command = Command::new(python);
    command.args(["-c", SCRIPT]).arg(from).arg(to);
    command
}

/// The page count beside the PDF file `to`.
pub fn pages(to: &Path) -> String {
    let beside = to.with_extension("pdf.pages");
    std::fs::read_to_string(beside).unwrap_or_else(|_| "?".to_owned())
}

fn works(python: &Path) -> bool {
    quiet(Command::new(python).args(["-c", "import weasyprint; assert weasyprint.__version__ == '70.0'"])).is_ok()
}

fn quiet(command: &mut Command) -> Result<(), String> {
    let answer = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    let complaint =
        String::from_utf8_lossy(&answer.stderr).trim().lines().last().unwrap_or("no reason given").to_owned();
    if answer.status.success() { Ok(()) } else { Err(complaint) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_cannot_run_is_told_in_one_line() {
        assert!(!works(Path::new("/absent/python")));
        let reason = quiet(Command::new("sh").args(["-c", "echo first >&2; echo last >&2; exit 1"]));
        assert_eq!(reason, Err("last".to_owned()));
    }

    #[test]
    fn the_page_count_is_beside_the_document() {
        let folder = tempfile::tempdir().unwrap();
        let document = folder.path().join("peer.pdf");
        assert_eq!(pages(&document), "?");
        std::fs::write(folder.path().join("peer.pdf.pages"), "500").unwrap();
        assert_eq!(pages(&document), "500");
    }
}
