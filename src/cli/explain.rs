//! The verb `explain`: the page of a code, or a list of all codes.

use super::Outcome;
use super::args::Explain;
use super::error::Error;
use super::report::Report;
use crate::diag::{Code, suggest};

/// Runs it.
pub fn run(args: &Explain, report: &Report) -> Result<Outcome, Error> {
    let Some(wanted) = &args.code else {
        let lines: String = Code::ALL.iter().map(|code| format!("{code}  {}\n", code.title())).collect();
        report.page(&lines)?;
        return Ok(Outcome::Good);
    };
    let known = || Code::ALL.iter().map(|code| code.as_str());
    match Code::ALL.iter().find(|code| code.as_str().eq_ignore_ascii_case(wanted)) {
        Some(code) => report.page(code.page())?,
        None => {
            let nearest = suggest::nearest(wanted, known()).map(str::to_owned);
            return Err(Error::UnknownCode { name: wanted.clone(), nearest });
        }
    }
    Ok(Outcome::Good)
}
