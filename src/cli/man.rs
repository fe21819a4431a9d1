//! The command `man`: the manual page, generated from the text of `--help`.

use super::Outcome;
use super::args::Args;
use super::error::Error;
use super::report::Report;
use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};
use std::io;

/// Runs it.
pub fn run(report: &Report) -> Result<Outcome, Error> {
    report.page(&page()?)?;
    Ok(Outcome::Success)
}

/// One page for all commands, so that it can be searched.
fn page() -> io::Result<String> {
    let command = Args::command();
    let man = Man::new(command.clone());
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_options_section(&mut page)?;
    after(&command, "SH", &mut page)?;
    for verb in command.get_subcommands() {
        section(verb, &mut page)?;
    }
    Ok(String::from_utf8_lossy(&page).into_owned())
}

fn section(verb: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    let name = format!("pipelinec {}", verb.get_name());
    // Without the options of all commands, which the page already lists.
    let man = Man::new(verb.clone().bin_name(&name).disable_help_flag(true));
    let mut text = Vec::new();
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    let text = String::from_utf8_lossy(&text);
    // Sections of a separate page are subsections of the command's here; the description needs no heading.
    let lines = text.lines().filter(|line| !matches!(*line, ".SH SYNOPSIS" | ".SH DESCRIPTION"));
    let mut roff = Roff::new();
    roff.control("SH", [name.to_uppercase().as_str()]);
    roff.to_writer(page)?;
    for line in lines {
        page.extend_from_slice(line.replace(".SH ", ".SS ").as_bytes());
        // The command is separated from its description.
        page.extend_from_slice(if line.starts_with(r"\fBpipelinec ") { b"\n.PP\n" } else { b"\n" });
    }
    after(verb, "SS", page)
}

/// The text after the options: paragraphs, and lists whose line breaks are kept. A line that ends with a colon is the
/// heading of a list.
fn after(command: &Command, heading: &str, page: &mut Vec<u8>) -> io::Result<()> {
    let Some(text) = command.get_after_help() else { return Ok(()) };
    for paragraph in text.to_string().split("\n\n") {
        let mut roff = Roff::new();
        match paragraph.split_once(":\n") {
            Some((head, list)) => {
                roff.control(heading, [head.to_uppercase().as_str()]);
                roff.control("nf", []);
                list.lines().for_each(|line| _ = roff.text([roman(line)]));
                roff.control("fi", []);
            }
            None => {
                roff.control("PP", []);
                roff.text([roman(paragraph.replace('\n', " "))]);
            }
        }
        roff.to_writer(page)?;
    }
    Ok(())
}
