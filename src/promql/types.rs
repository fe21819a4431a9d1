//! The types of expressions, as Prometheus checks them (prometheus/prometheus, promql/parser/parse.go, `checkAST`).

use super::functions::{FUNCTIONS, Function, named, parameter};
use super::{Expr, Fault, Kind, Operator};
use crate::diag::suggest;
use std::fmt;
use std::ops::Range;

/// The type of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// A number.
    Scalar,
    /// Series with a value each.
    Vector,
    /// Series with the samples of a range each.
    Range,
    /// A string.
    Text,
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scalar => "a scalar",
            Self::Vector => "an instant vector",
            Self::Range => "a range vector",
            Self::Text => "a string",
        })
    }
}

impl Expr {
    /// Its type.
    ///
    /// # Errors
    /// The first place at which Prometheus would refuse it.
    pub fn types(&self) -> Result<Type, Fault> {
        match &self.kind {
            Kind::Number => Ok(Type::Scalar),
            Kind::Text => Ok(Type::Text),
            Kind::Selector { restricts: true } => Ok(Type::Vector),
            Kind::Selector { restricts: false } => Err(Fault::new(
                self.range.clone(),
                "this selects every series",
                "name a metric, or compare a label with a value that is not empty",
            )),
            Kind::Paren(of) => of.types(),
            Kind::Signed(of) => match of.types()? {
                found @ (Type::Scalar | Type::Vector) => Ok(found),
                found => Err(expected(of, &format!("the sign needs {} or {}", Type::Scalar, Type::Vector), found)),
            },
            Kind::Window { of, window } => {
                let of_what = of.types()?;
                match of.kind {
                    Kind::Selector { .. } => Ok(Type::Range),
                    _ => Err(Fault::new(
                        of.range.clone(),
                        format!("only a selector has a range, and this is {of_what}"),
                        format!(
                            "move `[{}]` behind the metric, or write the subquery `[{}:]`",
                            window.text, window.text
                        ),
                    )),
                }
            }
            Kind::Subquery { of, .. } => match of.types()? {
                Type::Vector | Type::Scalar => Ok(Type::Range),
                found => Err(expected(of, &format!("a subquery needs {}", Type::Vector), found)),
            },
            Kind::Call { function, arguments } => {
                let Some(known) = named(&function.text) else {
                    let near = suggest::nearest(&function.text, FUNCTIONS.iter().map(|known| known.name));
                    let message = format!("unknown function `{}`", function.text);
                    let help = near.map_or_else(
                        || "see https://prometheus.io/docs/prometheus/latest/querying/functions/".to_owned(),
                        |near| suggest::similar("function", near),
                    );
                    return Err(Fault::new(function.range.clone(), message, help));
                };
                number_of_arguments(known, arguments, &self.range)?;
                for (at, argument) in arguments.iter().enumerate() {
                    let wanted = known.takes[at.min(known.takes.len() - 1)];
                    needs(&function.text, wanted, argument)?;
                }
                Ok(known.gives)
            }
            Kind::Aggregation { operator, arguments } => {
                let name = &operator.text;
                let takes: Vec<_> = parameter(name).into_iter().chain([Type::Vector]).collect();
                if takes.len() != arguments.len() {
                    return Err(Fault::new(
                        self.range.clone(),
                        format!("`{name}` takes {}, not {}", counted(takes.len()), arguments.len()),
                        if takes.len() == 1 {
                            format!("write `{name}(vector)`")
                        } else {
                            format!("write `{name}(parameter, vector)`")
                        },
                    ));
                }
                takes.into_iter().zip(arguments).try_for_each(|(wanted, argument)| needs(name, wanted, argument))?;
                Ok(Type::Vector)
            }
            Kind::Binary { operator, place, is_bool, matches, left, right } => {
                let sides = [side(left)?, side(right)?];
                let scalars = sides.iter().filter(|side| **side == Type::Scalar).count();
                let is = |wanted| *operator == wanted;
                let (message, help) = if *is_bool && !is(Operator::Comparison) {
                    ("only a comparison has the modifier `bool`", "remove `bool`")
                } else if is(Operator::Comparison) && !is_bool && scalars == 2 {
                    ("a comparison of two scalars needs the modifier `bool`", "write `bool` after the operator")
                } else if is(Operator::Set) && scalars > 0 {
                    ("`and`, `or` and `unless` need instant vectors", "write `vector(…)` around the scalar")
                } else if *matches && scalars > 0 {
                    ("labels are only matched between two vectors", "remove `on (…)` or `ignoring (…)`")
                } else {
                    return Ok(if scalars == 2 { Type::Scalar } else { Type::Vector });
                };
                Err(Fault::new(place.clone(), message, help))
            }
        }
    }

    /// Where its outermost operator drops the series that do not compare, so that nothing is left of them.
    #[must_use]
    pub fn filters(&self) -> Option<Range<usize>> {
        match &self.bare().kind {
            Kind::Binary { operator: Operator::Comparison, is_bool: false, place, .. } => Some(place.clone()),
            _ => None,
        }
    }
}

fn number_of_arguments(function: &Function, arguments: &[Expr], call: &Range<usize>) -> Result<(), Fault> {
    let (most, least) = (function.takes.len(), function.takes.len() - function.optional);
    let found = arguments.len();
    if (least..=most).contains(&found) || function.repeats && found > most {
        return Ok(());
    }
    let wanted = match (function.repeats, least == most) {
        (true, _) => format!("at least {}", counted(least)),
        (false, true) => counted(most),
        (false, false) => format!("{least} or {}", counted(most)),
    };
    Err(Fault::new(
        call.clone(),
        format!("`{}` takes {wanted}, not {found}", function.name),
        format!("see https://prometheus.io/docs/prometheus/latest/querying/functions/#{}", function.name),
    ))
}

fn counted(arguments: usize) -> String {
    match arguments {
        0 => "no arguments".to_owned(),
        1 => "1 argument".to_owned(),
        more => format!("{more} arguments"),
    }
}

/// One side of an operator.
fn side(expr: &Expr) -> Result<Type, Fault> {
    match expr.types()? {
        found @ (Type::Scalar | Type::Vector) => Ok(found),
        found => Err(expected(expr, &format!("an operator needs {} or {}", Type::Vector, Type::Scalar), found)),
    }
}

fn needs(name: &str, wanted: Type, argument: &Expr) -> Result<(), Fault> {
    let found = argument.types()?;
    if found == wanted {
        return Ok(());
    }
    Err(expected(argument, &format!("`{name}` needs {wanted}"), found))
}

fn expected(expr: &Expr, needs: &str, found: Type) -> Fault {
    let wants_range = needs.ends_with("a range vector");
    let help = match (found, &expr.bare().kind) {
        (Type::Vector, Kind::Selector { .. }) if wants_range => "add a range, such as `[5m]`",
        (Type::Vector, _) if wants_range => "add a range, such as `[5m:]`, which makes it a subquery",
        (Type::Range, _) => "apply a function such as `rate` to it",
        (Type::Scalar, _) => "write `vector(…)` around it",
        (Type::Vector, _) => "write a number, or `scalar(…)` around it",
        (Type::Text, _) => "replace the string",
    };
    Fault::new(expr.range.clone(), format!("{needs}, and this is {found}"), help)
}
