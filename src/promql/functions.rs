//! The functions of Prometheus (prometheus/prometheus, promql/parser/functions.go, v3.5), without those that need a feature flag.

use super::Type;
use Type::{Range, Scalar, Text, Vector};

/// A function.
#[derive(Debug)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// The types of its arguments.
    pub takes: &'static [Type],
    /// How many of them may be left out at the end.
    pub optional: usize,
    /// Whether the last one may be repeated.
    pub repeats: bool,
    /// The type of its result.
    pub gives: Type,
}

const fn function(name: &'static str, takes: &'static [Type], gives: Type) -> Function {
    Function { name, takes, optional: 0, repeats: false, gives }
}

/// A function of a vector that needs none: of the time of the query then.
const fn of_time(name: &'static str) -> Function {
    Function { optional: 1, ..function(name, &[Vector], Vector) }
}

/// A function whose last argument may be left out or repeated.
const fn repeats(name: &'static str, takes: &'static [Type]) -> Function {
    Function { name, takes, optional: 1, repeats: true, gives: Vector }
}

/// All of them, in the order of their names.
pub static FUNCTIONS: &[Function] = &[
    function("abs", &[Vector], Vector),
    function("absent", &[Vector], Vector),
    function("absent_over_time", &[Range], Vector),
    function("acos", &[Vector], Vector),
    function("acosh", &[Vector], Vector),
    function("asin", &[Vector], Vector),
    function("asinh", &[Vector], Vector),
    function("atan", &[Vector], Vector),
    function("atanh", &[Vector], Vector),
    function("avg_over_time", &[Range], Vector),
    function("ceil", &[Vector], Vector),
    function("changes", &[Range], Vector),
    function("clamp", &[Vector, Scalar, Scalar], Vector),
    function("clamp_max", &[Vector, Scalar], Vector),
    function("clamp_min", &[Vector, Scalar], Vector),
    function("cos", &[Vector], Vector),
    function("cosh", &[Vector], Vector),
    function("count_over_time", &[Range], Vector),
    of_time("day_of_month"),
    of_time("day_of_week"),
    of_time("day_of_year"),
    of_time("days_in_month"),
    function("deg", &[Vector], Vector),
    function("delta", &[Range], Vector),
    function("deriv", &[Range], Vector),
    function("exp", &[Vector], Vector),
    function("floor", &[Vector], Vector),
    function("histogram_avg", &[Vector], Vector),
    function("histogram_count", &[Vector], Vector),
    function("histogram_fraction", &[Scalar, Scalar, Vector], Vector),
    function("histogram_quantile", &[Scalar, Vector], Vector),
    function("histogram_stddev", &[Vector], Vector),
    function("histogram_stdvar", &[Vector], Vector),
    function("histogram_sum", &[Vector], Vector),
    of_time("hour"),
    function("idelta", &[Range], Vector),
    function("increase", &[Range], Vector),
    function("irate", &[Range], Vector),
    repeats("label_join", &[Vector, Text, Text, Text]),
    function("label_replace", &[Vector, Text, Text, Text, Text], Vector),
    function("last_over_time", &[Range], Vector),
    function("ln", &[Vector], Vector),
    function("log10", &[Vector], Vector),
    function("log2", &[Vector], Vector),
    function("max_over_time", &[Range], Vector),
    function("min_over_time", &[Range], Vector),
    of_time("minute"),
    of_time("month"),
    function("pi", &[], Scalar),
    function("predict_linear", &[Range, Scalar], Vector),
    function("present_over_time", &[Range], Vector),
    function("quantile_over_time", &[Scalar, Range], Vector),
    function("rad", &[Vector], Vector),
    function("rate", &[Range], Vector),
    function("resets", &[Range], Vector),
    Function { optional: 1, ..function("round", &[Vector, Scalar], Vector) },
    function("scalar", &[Vector], Scalar),
    function("sgn", &[Vector], Vector),
    function("sin", &[Vector], Vector),
    function("sinh", &[Vector], Vector),
    function("sort", &[Vector], Vector),
    function("sort_desc", &[Vector], Vector),
    function("sqrt", &[Vector], Vector),
    function("stddev_over_time", &[Range], Vector),
    function("stdvar_over_time", &[Range], Vector),
    function("sum_over_time", &[Range], Vector),
    function("tan", &[Vector], Vector),
    function("tanh", &[Vector], Vector),
    function("time", &[], Scalar),
    function("timestamp", &[Vector], Vector),
    function("vector", &[Scalar], Vector),
    of_time("year"),
];

/// The function of that name.
pub fn named(name: &str) -> Option<&'static Function> {
    FUNCTIONS.binary_search_by_key(&name, |function| function.name).ok().map(|at| &FUNCTIONS[at])
}

/// The parameter that comes before what an aggregation aggregates.
pub fn parameter(operator: &str) -> Option<Type> {
    match operator {
        "topk" | "bottomk" | "quantile" | "limitk" | "limit_ratio" => Some(Scalar),
        "count_values" => Some(Text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_in_the_order_of_their_names() {
        assert!(FUNCTIONS.is_sorted_by_key(|function| function.name));
        assert!(FUNCTIONS.iter().all(|function| named(function.name).is_some()));
    }
}
