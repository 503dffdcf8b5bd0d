//! Inspecting a tape: a listing with one line per node, and a graph for Graphviz.

use crate::Tape;
use latents_tensor::{Real, concrete};
use std::fmt;

/// Returns the file name without its folders.
fn short(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// One line per node: `%7 f32[256, 32] = matmul(%0 input, %1 encoder.0.weight)   lesson.rs:14`.
impl<T: Real> fmt::Display for Tape<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&listing(self))
    }
}

concrete! {
    fn listing<'a, T>(tape: &'a Tape<T>) -> String = Listing(tape).to_string();
    fn drawing<'a, T>(tape: &'a Tape<T>) -> String = tape.drawing();
    fn first_not_finite<'a, T>(tape: &'a Tape<T>) -> Option<String> = tape.first_not_finite_generic();
}

struct Listing<'a, T: Real>(&'a Tape<T>);

impl<T: Real> fmt::Display for Listing<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arena = self.0.arena.borrow();
        for (id, node) in arena.nodes.iter().enumerate() {
            write!(f, "%{id} {}{} = {}", T::NAME, node.value.shape(), node.op.name())?;
            if let Some(name) = &node.name {
                write!(f, " {name}")?;
            }
            let inputs = arena.inputs(id as u32);
            for (index, &input) in inputs.iter().enumerate() {
                let source = &arena.nodes[input as usize];
                write!(f, "{}%{input}", if index == 0 { "(" } else { ", " })?;
                match &source.name {
                    Some(name) => write!(f, " {name}")?,
                    None if arena.inputs(input).is_empty() => write!(f, " {}", source.op.name())?,
                    None => {}
                }
            }
            let close = if inputs.is_empty() { "" } else { ")" };
            writeln!(
                f,
                "{close}   {}:{}",
                short(node.location.file()),
                node.location.line()
            )?;
        }
        Ok(())
    }
}

impl<T: Real> Tape<T> {
    /// Returns the recording as a graph in Graphviz's DOT language, for `dot -Tsvg`.
    ///
    /// ```
    /// # use latents_autograd::Tape;
    /// let tape = Tape::<f32>::new();
    /// let y = tape.scalar(1.0).exp();
    /// assert!(tape.to_dot().starts_with("digraph tape {"));
    /// ```
    pub fn to_dot(&self) -> String {
        drawing(self)
    }

    fn drawing(&self) -> String {
        use fmt::Write;
        let arena = self.arena.borrow();
        let mut dot =
            String::from("digraph tape {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n");
        for (id, node) in arena.nodes.iter().enumerate() {
            let name = node
                .name
                .as_deref()
                .unwrap_or(node.op.name())
                .replace('\\', "\\\\")
                .replace('"', "\\\"");
            let style = if node.needs_gradient { "solid" } else { "dashed" };
            let _ = writeln!(
                dot,
                "  n{id} [label=\"%{id} {name}\\n{}\", style={style}];",
                node.value.shape()
            );
            for input in arena.inputs(id as u32) {
                let _ = writeln!(dot, "  n{input} -> n{id};");
            }
        }
        dot.push_str("}\n");
        dot
    }

    /// Describes the first node whose value contains a NaN or an infinity, or returns `None` if all values are finite.
    ///
    /// ```
    /// # use latents_autograd::Tape;
    /// let tape = Tape::<f32>::new();
    /// assert_eq!(tape.first_not_finite(), None);
    /// let y = tape.scalar(-1.0).ln();
    /// assert!(tape.first_not_finite().unwrap().starts_with("ln (%1"));
    /// ```
    pub fn first_not_finite(&self) -> Option<String> {
        first_not_finite(self)
    }

    fn first_not_finite_generic(&self) -> Option<String> {
        let arena = self.arena.borrow();
        let bad = arena.nodes.iter().position(|node| !is_finite(&node.value))?;
        let node = &arena.nodes[bad];
        let place = format!("{}:{}", short(node.location.file()), node.location.line());
        Some(match &node.name {
            Some(name) => format!("{} {name} (%{bad})", node.op.name()),
            None => format!(
                "{} (%{bad}, shape {}, recorded at {place})",
                node.op.name(),
                node.value.shape()
            ),
        })
    }
}

fn is_finite<T: Real>(tensor: &latents_tensor::Tensor<T>) -> bool {
    tensor
        .contiguous()
        .as_slice()
        .is_none_or(|elements| elements.iter().all(|&x| x.to_f64().is_finite()))
}
