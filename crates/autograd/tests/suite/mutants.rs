//! Would a wrong rule be noticed? Every sign, operator and term of every row's rule is changed, one at a time, and each mutant
//! must fail the gradient check, or break a convention. Those that cannot, because they say the same, are listed with the
//! reason.

use crate::conventions::conventions_of;
use latents_autograd::catalogue::{Entry, Formula, Node, pointwise};
use latents_autograd::testing::tensors;
use latents_autograd::{Check, Op, Operand, Rule, Var};
use latents_tensor::Tensor;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use std::collections::BTreeSet;
use std::rc::Rc;

/// A row whose rule for one operand is another.
struct Mutant {
    entry: &'static Entry,
    operand: usize,
    rule: Formula,
}

impl Op<f64> for Mutant {
    fn name(&self) -> &'static str {
        self.entry.method
    }

    fn vjp<'t>(&self, rule: &mut Rule<'t, '_, f64>) {
        let names = self
            .entry
            .operands
            .iter()
            .enumerate()
            .map(|(place, &name)| (name, rule.input(place)));
        let variables: Vec<_> = names
            .chain([("g", rule.gradient()), ("y", rule.output())])
            .collect();
        for &place in self.entry.ruled {
            let formula = if place == self.operand {
                self.rule
            } else {
                (self.entry.rule)(place)
            };
            rule.give(place, formula.value(&variables));
        }
        let unruled = (0..rule.arity()).filter(|place| !self.entry.ruled.contains(place));
        unruled.for_each(|place| rule.no_gradient(place));
    }
}

fn applied<'t>(mutant: &Rc<Mutant>, x: &[Var<'t, f64>]) -> Var<'t, f64> {
    let value = (mutant.entry.double)(x).value();
    x[0].tape().custom(mutant.clone(), x, value)
}

/// Whether the sign of a part can matter.
#[derive(Clone, Copy, PartialEq)]
enum Sign {
    Matters,
    /// A condition is true where it is not 0, and so is a product of conditions; −x is 0 where x is; and |−x| is |x|.
    IsIgnored,
}
use Sign::{IsIgnored, Matters};

/// How the operands of a function take a sign.
fn sign_of(node: Node, own: Sign, place: usize) -> Sign {
    match node {
        Node::Between('·', _) => own,
        Node::Call("choose", _) if place == 0 => IsIgnored,
        Node::Call("abs", _) => IsIgnored,
        Node::Call("equal", &[x, y]) if is_zero(x) || is_zero(y) => IsIgnored,
        _ => Matters,
    }
}

fn is_zero(formula: Formula) -> bool {
    formula.node() == Node::Literal(0.0)
}

/// The formula with one change, in every way there is.
fn mutated(formula: Formula, sign: Sign, names: &[&'static str]) -> Vec<Formula> {
    let new = Formula::new;
    let mut all = changed(formula, names);
    if sign == Matters && !is_zero(formula) {
        all.push(new(Node::Minus(formula)));
    }
    let mut place = 0;
    let mut inside = |part: Formula, rebuilt: &dyn Fn(Formula) -> Node| {
        let sign = sign_of(formula.node(), sign, place);
        all.extend(
            mutated(part, sign, names)
                .into_iter()
                .map(|part| new(rebuilt(part))),
        );
        place += 1;
    };
    match formula.node() {
        Node::Name(_) | Node::Literal(_) => {}
        Node::Minus(x) => inside(x, &Node::Minus),
        Node::Between(sign, [x, y]) => {
            inside(x, &|x| Node::Between(sign, [x, y]));
            inside(y, &|y| Node::Between(sign, [x, y]));
        }
        Node::Call(method, operands) => {
            for place in 0..operands.len() {
                inside(operands[place], &|part| {
                    let mut operands = operands.to_vec();
                    operands[place] = part;
                    Node::Call(method, operands.leak())
                });
            }
        }
    }
    all
}

const SIGNS: [char; 4] = ['+', '−', '·', '/'];
const OF_ONE: [&str; 14] = [
    "sqrt",
    "abs",
    "floor",
    "exp",
    "expm1",
    "ln",
    "log1p",
    "tanh",
    "sigmoid",
    "softplus",
    "erf",
    "erfc",
    "normal_cdf",
    "normal_pdf",
];
const COMPARISONS: [&str; 3] = ["less", "less_equal", "equal"];
const EXTREMES: [&str; 2] = ["maximum", "minimum"];

/// The formula with its outermost step changed.
fn changed(formula: Formula, names: &[&'static str]) -> Vec<Formula> {
    let new = Formula::new;
    let mut all = Vec::new();
    let renamed = |methods: &[&'static str], operands: &'static [Formula]| {
        methods
            .iter()
            .map(|method| new(Node::Call(method, operands)))
            .collect::<Vec<_>>()
    };
    match formula.node() {
        Node::Name(_) => all.extend(names.iter().map(|name| new(Node::Name(name)))),
        Node::Literal(value) => {
            all.extend([value + 1.0, value * 2.0, 0.0].map(|value| new(Node::Literal(value))))
        }
        Node::Minus(x) => all.push(x),
        Node::Between(_, [x, y]) => {
            all.extend(SIGNS.map(|sign| new(Node::Between(sign, [x, y]))));
            all.extend(['−', '/'].map(|sign| new(Node::Between(sign, [y, x]))));
            all.extend([x, y]);
        }
        Node::Call(_, operands @ &[x]) => {
            all.extend(renamed(&OF_ONE, operands));
            all.push(x);
        }
        Node::Call(method, operands @ &[x, y]) => {
            let (alike, ordered): (&[_], &[_]) = match method {
                "maximum" | "minimum" => (&EXTREMES, &[]),
                "pow" => (&[], &["pow"]),
                _ => (&COMPARISONS, &["less", "less_equal"]),
            };
            all.extend(renamed(alike, operands));
            all.extend(renamed(ordered, vec![y, x].leak()));
            all.extend([x, y]);
        }
        Node::Call(_, &[condition, if_true, if_false]) => {
            all.push(new(Node::Call(
                "choose",
                vec![condition, if_false, if_true].leak(),
            )));
            all.extend([if_true, if_false]);
        }
        Node::Call(..) => {}
    }
    all
}

/// Points of a row: vectors, so that each of its ranges is met.
fn points(entry: &Entry) -> Vec<Vec<Tensor<f64>>> {
    let mut runner = TestRunner::deterministic();
    let draws = (0..3).map(|_| {
        let strategies: Vec<_> = entry.domain.iter().map(|&domain| tensors([6], domain)).collect();
        strategies.new_tree(&mut runner).map(|tree| tree.current())
    });
    draws.collect::<Result<_, _>>().unwrap_or_default()
}

fn is_caught(mutant: &Rc<Mutant>, points: &[Vec<Tensor<f64>>]) -> bool {
    let entry = mutant.entry;
    let by_check = points.iter().any(|point| {
        let moved: Vec<_> = entry
            .ruled
            .iter()
            .map(|&place| Operand::input(entry.operands[place], &point[place]))
            .collect();
        let checked = Check::new().run(&moved, |tape, x| {
            let mut given = x.iter();
            let operand = |(place, value)| match entry.ruled.contains(&place) {
                true => given.next().copied(),
                false => Some(tape.input(value)),
            };
            applied(
                mutant,
                &point.iter().enumerate().filter_map(operand).collect::<Vec<_>>(),
            )
        });
        checked.is_err_and(|error| !error.is_of_the_point())
    });
    let by_convention = || {
        conventions_of(entry).any(|convention| {
            let got = convention.recorded(entry, |x| applied(mutant, x));
            !convention.is_kept(&got)
        })
    };
    by_check || by_convention()
}

/// Mutants that say the same as the rule wherever the row is defined: method, operand, rule, and why.
const EQUIVALENT: &[(&str, &str, &str, &str)] = &[
    (
        "erf",
        "x",
        "g · (7.089815403622064 · normal_pdf(−x) · normal_pdf(x))",
        EVEN,
    ),
    (
        "erf",
        "x",
        "g · (7.089815403622064 · normal_pdf(x) · normal_pdf(−x))",
        EVEN,
    ),
    (
        "erfc",
        "x",
        "−g · (7.089815403622064 · normal_pdf(−x) · normal_pdf(x))",
        EVEN,
    ),
    (
        "erfc",
        "x",
        "−g · (7.089815403622064 · normal_pdf(x) · normal_pdf(−x))",
        EVEN,
    ),
    ("normal_cdf", "x", "g · normal_pdf(−x)", EVEN),
    (
        "binary_cross_entropy_with_logits",
        "z",
        "g · (sigmoid(choose(0 ≤ z, −1, 1) · z) / choose(0 ≤ z, −1, 1) + ((0 ≤ z) − t))",
        SIGN,
    ),
    (
        "binary_cross_entropy_with_logits",
        "z",
        "g · (choose(0 ≤ z, −1, 1) · sigmoid(z / choose(0 ≤ z, −1, 1)) + ((0 ≤ z) − t))",
        SIGN,
    ),
    (
        "binary_cross_entropy_with_logits",
        "z",
        "g · (choose(0 ≤ z, −1, 1) · sigmoid(choose(0 < z, −1, 1) · z) + ((0 ≤ z) − t))",
        "0 and −0 have one sigmoid",
    ),
    ("relu", "x", "choose(y = 0, 0, g)", "y is never negative"),
    ("relu", "x", "choose(x ≤ 0, 0, g)", "y is positive where x is"),
    (
        "pow",
        "a",
        "g · (b · pow(a, choose((b = 0) · (abs(a) ≤ 1e-38), 0, b − 1)))",
        BOUND,
    ),
    (
        "pow",
        "a",
        "g · (b · pow(a, choose((b = 0) · (abs(a) < 2e-38), 0, b − 1)))",
        BOUND,
    ),
    (
        "pow",
        "a",
        "g · (b · pow(a, choose((b = 0) · (abs(a) < 1e-38), 1, b − 1)))",
        "any power that is finite will do",
    ),
    (
        "abs",
        "x",
        "choose(x < 0, −g, choose(0 < y, g, 0))",
        "|x| is x where x is positive",
    ),
    ("maximum", "a", "choose(a = b, g · 0.5, choose(a ≤ b, 0, g))", TIE),
    (
        "maximum",
        "a",
        "choose(a = b, g · 0.5, choose(a < y, 0, g))",
        "y is the larger of the two",
    ),
    ("maximum", "b", "choose(a = b, g · 0.5, choose(b ≤ a, 0, g))", TIE),
    (
        "maximum",
        "b",
        "choose(a = b, g · 0.5, choose(b < y, 0, g))",
        "y is the larger of the two",
    ),
    ("minimum", "a", "choose(a = b, g · 0.5, choose(b ≤ a, 0, g))", TIE),
    (
        "minimum",
        "a",
        "choose(a = b, g · 0.5, choose(y < a, 0, g))",
        "y is the smaller of the two",
    ),
    ("minimum", "b", "choose(a = b, g · 0.5, choose(a ≤ b, 0, g))", TIE),
    (
        "minimum",
        "b",
        "choose(a = b, g · 0.5, choose(y < b, 0, g))",
        "y is the smaller of the two",
    ),
];
const SIGN: &str = "a product with ±1 is the quotient";
const EVEN: &str = "φ(−x) is φ(x)";
const TIE: &str = "the choice before it has taken the tie";
const BOUND: &str = "the bound is anywhere between what overflows and what does not";

#[test]
fn every_mutant_of_a_row_is_caught() {
    let (mut count, mut survivors) = (0, Vec::new());
    let listed =
        |&(method, operand, rule, _): &(&str, &str, &str, &str)| format!("{method}, {operand}: {rule}");
    let mut equivalent: BTreeSet<_> = EQUIVALENT.iter().map(listed).collect();
    for entry in pointwise().into_iter().flatten() {
        let points = points(entry);
        let names: Vec<_> = entry.operands.iter().copied().chain(["g", "y"]).collect();
        for &operand in entry.ruled {
            let rule = (entry.rule)(operand);
            let healthy = Rc::new(Mutant { entry, operand, rule });
            assert!(
                !is_caught(&healthy, &points),
                "{}: the rule itself is caught",
                entry.method
            );
            let mut seen = BTreeSet::from([rule.to_string()]);
            for rule in mutated(rule, Matters, &names) {
                let text = rule.to_string();
                if !seen.insert(text.clone()) {
                    continue;
                }
                count += 1;
                let text = format!("{}, {}: {text}", entry.method, entry.operands[operand]);
                let known = equivalent.remove(&text);
                let caught = is_caught(&Rc::new(Mutant { entry, operand, rule }), &points);
                if caught == known {
                    let what = if caught { "is caught" } else { "survives" };
                    survivors.push(format!("{text} {what}"));
                }
            }
        }
    }
    println!("{count} mutants, {} equivalent", EQUIVALENT.len());
    assert!(
        survivors.is_empty(),
        "{} of {count} mutants:\n{}",
        survivors.len(),
        survivors.join("\n")
    );
    assert!(
        equivalent.is_empty(),
        "listed as equivalent, but no mutants: {equivalent:?}"
    );
    assert!(count > 500, "only {count} mutants");
}
