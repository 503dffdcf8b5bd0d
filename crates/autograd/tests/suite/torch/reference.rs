//! `reference/torch_values.tsv` as data.

use std::collections::HashMap;
use std::fmt;

const FILE: &str = include_str!("../../reference/torch_values.tsv");

/// A tensor, and the views through which an expression sees it.
#[derive(Clone)]
pub(crate) struct Operand {
    pub(crate) name: &'static str,
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f64>,
    pub(crate) views: Vec<&'static str>,
}

/// An expression of operands: what PyTorch computes, and exact numbers where there are some.
pub(crate) struct Case {
    pub(crate) expression: &'static str,
    pub(crate) operands: Vec<Operand>,
    pub(crate) expected: [Vec<f64>; 3],
    pub(crate) exact: Option<[Vec<Option<f64>>; 3]>,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of", self.expression)?;
        for operand in &self.operands {
            write!(f, " {}{:?}", operand.name, operand.views)?;
        }
        Ok(())
    }
}

fn number(text: &str) -> Option<f64> {
    (text != "-").then(|| text.parse().unwrap())
}

fn numbers(text: &str) -> Vec<f64> {
    text.split_whitespace().filter_map(number).collect()
}

pub(crate) fn cases() -> Vec<Case> {
    let (mut operands, mut cases) = (HashMap::new(), Vec::<Case>::new());
    for line in FILE.lines() {
        let fields: Vec<&'static str> = line.split('\t').collect();
        match fields[0] {
            "operand" => {
                let lengths = fields[2].split('x').filter(|length| !length.is_empty());
                let operand = Operand {
                    name: fields[1],
                    shape: lengths.map(|length| length.parse().unwrap()).collect(),
                    values: numbers(fields[3]),
                    views: Vec::new(),
                };
                operands.insert(fields[1], operand);
            }
            "case" => cases.push(Case {
                expression: fields[1],
                operands: fields[2].split(' ').map(|text| viewed(&operands, text)).collect(),
                expected: [3, 4, 5].map(|field| numbers(fields[field])),
                exact: None,
            }),
            "exact" => {
                let exact = [3, 4, 5].map(|field| fields[field].split_whitespace().map(number).collect());
                cases.last_mut().unwrap().exact = Some(exact);
            }
            _ => {}
        }
    }
    cases
}

fn viewed(operands: &HashMap<&str, Operand>, text: &'static str) -> Operand {
    let mut parts = text.split('|');
    let operand = operands[parts.next().unwrap()].clone();
    Operand {
        views: parts.collect(),
        ..operand
    }
}
