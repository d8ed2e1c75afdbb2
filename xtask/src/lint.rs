//! The templates and the state machine, judged by the tools of those who run them: sam, cfn-lint, statelint.

use crate::{
    Result, TaskError, python,
    workspace::{root, succeed},
};
use std::{
    path::Path,
    process::{Command, Stdio},
};

const TEMPLATES: [&str; 3] = ["infra/custody.yaml", "infra/app.yaml", "infra/read-role.yaml"];
const STATE_MACHINE: &str = "statemachines/report.asl.json";

/// What to type to check the same without this program, once the tools are there.
pub const BY_HAND: &str =
    "sam validate --lint -t infra/app.yaml; cfn-lint infra/*.yaml; statelint <the state machine, filled in>";

/// Checks both templates and the state machine.
pub fn check() -> Result<String> {
    let sam = python::program("sam", "sam")?;
    for template in TEMPLATES {
        run(&sam, &["validate", "--lint", "--template-file", template])?;
    }
    run(&python::program("lint", "cfn-lint")?, &TEMPLATES)?;
    check_state_machine(&python::program("lint", "statelint")?)?;
    Ok(format!("{} templates, 1 state machine", TEMPLATES.len()))
}

fn run(program: &Path, arguments: &[&str]) -> Result<()> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root()).stdin(Stdio::null());
    // Nothing is asked of AWS; sam wants to know a region all the same.
    command.env("AWS_DEFAULT_REGION", "eu-central-1").env("SAM_CLI_TELEMETRY", "0");
    succeed(&mut command)
}

// As CloudFormation fills it in: statelint does not know that something will be.
fn check_state_machine(statelint: &Path) -> Result<()> {
    let source = root().join(STATE_MACHINE);
    let unreadable = |path: &Path, source| TaskError::File { path: path.display().to_string(), source };
    let text = std::fs::read_to_string(&source).map_err(|error| unreadable(&source, error))?;
    let folder = tempfile::tempdir().map_err(|error| unreadable(&source, error))?;
    let path = folder.path().join("report.asl.json");
    std::fs::write(&path, filled(&text)).map_err(|error| unreadable(&path, error))?;
    run(statelint, &[&path.to_string_lossy()])
}

/// `text` with an ARN for each `${Name}`.
fn filled(text: &str) -> String {
    let mut parts = text.split("${");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}').unwrap_or((part, ""));
        filled.push_str(&format!("arn:aws:lambda:eu-central-1:123456789012:function:{name}{rest}"));
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_placeholder_becomes_an_arn() {
        let arn = "arn:aws:lambda:eu-central-1:123456789012:function:";
        assert_eq!(filled(r#"{"a":"${One}","b":"{% x %}"}"#), format!(r#"{{"a":"{arn}One","b":"{{% x %}}"}}"#));
        assert_eq!(filled("${One}${Two}"), format!("{arn}One{arn}Two"));
        assert_eq!(filled("nothing"), "nothing");
    }
}
