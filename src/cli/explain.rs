//! The command `explain`: the page of a code, or a list of all codes.

use super::Outcome;
use super::args::Explain;
use super::error::Error;
use super::report::Report;
use crate::diag::{Code, suggest};
use crate::diff::risk;

/// Runs it.
pub fn run(args: &Explain, report: &Report) -> Result<Outcome, Error> {
    let Some(wanted) = &args.code else {
        report.page(&list())?;
        return Ok(Outcome::Success);
    };
    let is_it = |code: &str| code.eq_ignore_ascii_case(wanted);
    let mistake = Code::ALL.iter().find(|code| is_it(code.as_str())).map(|code| code.page().to_owned());
    let risk = || risk::Code::ALL.iter().find(|code| is_it(code.as_str())).map(|code| code.page());
    let Some(page) = mistake.or_else(risk) else {
        let diagnostics = Code::ALL.iter().map(|code| code.as_str());
        let known = diagnostics.chain(risk::Code::ALL.iter().map(|code| code.as_str()));
        let nearest = suggest::nearest(wanted, known).map(str::to_owned);
        return Err(Error::UnknownCode { name: wanted.clone(), nearest });
    };
    report.page(&page)?;
    Ok(Outcome::Success)
}

/// All codes, one per line.
fn list() -> String {
    let diagnostics = Code::ALL.iter().map(|code| format!("{code}  {}\n", code.title()));
    let risks = risk::Code::ALL.iter().map(|code| format!("{code}  {}: {}\n", code.level().word(), code.title()));
    format!(
        "Errors and warnings of `check`, `build` and `verify`\n\n{}\nRisks of `diff`\n\n{}",
        diagnostics.collect::<String>(),
        risks.collect::<String>()
    )
}
