//! Branches side by side: each works on the same input, and their outputs are put together.

use super::layer::{Layer, Mode, Output, Scope, compiled_here};
use super::onnx::{Attribute, Graph, is_channels_first};
use super::param::{Param, ParamSpec};
use super::row::Row;
use crate::autograd::Var;
use crate::{Error, Result, Scalar};

/// How the outputs of branches are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Merge {
    /// One after the other along the channels, the last axis: windows of several sizes, or several heads.
    Concatenate,
    /// Added up, element by element.
    Sum,
}

/// Branches side by side, each a row of layers on the same input.
///
/// ```
/// use tonegrad::Seed;
/// use tonegrad::nn::{Conv1d, Dense, GlobalMaxPool1d, Parallel, Row, Sequential};
/// let windows = [3, 5, 9].map(|size| Row::new().then(Conv1d::new(8, size).same().relu()));
/// let network = Sequential::new([100, 4]).then(Parallel::concatenate(windows)).then(GlobalMaxPool1d {}).then(Dense::new(2));
/// let model = network.build::<f32>(Seed(0))?;
/// assert_eq!(model.params()[2].name, "parallel.branch_1.conv1d.kernel");
/// # Ok::<(), tonegrad::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Parallel {
    branches: Vec<Row>,
    merge: Merge,
}

impl Parallel {
    /// Branches whose outputs follow each other along the channels.
    pub fn concatenate(branches: impl Into<Vec<Row>>) -> Self {
        Parallel { branches: branches.into(), merge: Merge::Concatenate }
    }

    /// Branches whose outputs are added.
    pub fn sum(branches: impl Into<Vec<Row>>) -> Self {
        Parallel { branches: branches.into(), merge: Merge::Sum }
    }

    /// The outputs' shapes and the parameters of all branches.
    fn place(&self, input: &[usize]) -> Result<Vec<(Vec<usize>, Vec<ParamSpec>)>> {
        let branches = self.branches.iter().zip(1..);
        branches.map(|(row, number)| row.place(input).map_err(|e| e.under(&format!("branch {number}")))).collect()
    }
}

/// `branch`, `branch_1`, `branch_2`: counted as layers are.
fn name(branch: usize) -> String {
    if branch == 0 { "branch".into() } else { format!("branch_{branch}") }
}

impl Layer for Parallel {
    compiled_here!();

    fn kind(&self) -> (&'static str, &'static str) {
        ("parallel", "Parallel")
    }

    fn output(&self, input: &[usize]) -> Result<Vec<usize>> {
        let outputs: Vec<Vec<usize>> = self.place(input)?.into_iter().map(|(output, _)| output).collect();
        let Some(first) = outputs.first() else {
            return Err(Error::shape("").found("no branches").wanted("at least one"));
        };
        let alike = |output: &Vec<usize>| match self.merge {
            Merge::Sum => output == first,
            Merge::Concatenate => output.len() == first.len() && output[..output.len() - 1] == first[..first.len() - 1],
        };
        if let Some((branch, output)) = outputs.iter().enumerate().find(|(_, output)| !alike(output)) {
            return Err(Error::shape("")
                .found(format!("{first:?} from branch 1 and {output:?} from branch {}", branch + 1))
                .wanted(match self.merge {
                    Merge::Sum => "equal shapes, to be added",
                    Merge::Concatenate => "shapes that differ in their channels, the last axis, alone",
                }));
        }
        let mut shape = first.clone();
        if let (Merge::Concatenate, Some(channels)) = (self.merge, shape.last_mut()) {
            *channels = outputs.iter().fold(0, |sum: usize, output| sum.saturating_add(output[output.len() - 1]));
        }
        Ok(shape)
    }

    fn params(&self, input: &[usize]) -> Vec<ParamSpec> {
        let branches = self.place(input).unwrap_or_default().into_iter().enumerate();
        let named = |(branch, (_, params)): (usize, (_, Vec<ParamSpec>))| {
            let named =
                move |spec: ParamSpec| ParamSpec { name: format!("{}.{}", name(branch), spec.name).into(), ..spec };
            params.into_iter().map(named)
        };
        branches.flat_map(named).collect()
    }

    fn scope(&self) -> Scope {
        let scopes: Vec<Scope> = self.branches.iter().map(Row::scope).collect();
        [Scope::Batch, Scope::Example].into_iter().find(|scope| scopes.contains(scope)).unwrap_or(Scope::Either)
    }

    fn forward<'t, F: Scalar>(&self, x: Var<'t, F>, params: &[Var<'t, F>], mode: Mode) -> Output<'t, F> {
        let placed = self.place(&x.shape()[1..]).expect("the network was built with this input");
        let (mut params, mut values, mut all) = (params, Vec::new(), Vec::new());
        for (branch, (row, (_, specs))) in self.branches.iter().zip(placed).enumerate() {
            let (own, others) = params.split_at(specs.len());
            let Output { value, state } = row.forward(x.clone(), own, mode.child(branch));
            values.push(value);
            all.extend(state);
            params = others;
        }
        let value = match self.merge {
            Merge::Sum => values.into_iter().reduce(|a, b| a + b).expect("there is a branch"),
            Merge::Concatenate => Var::concatenate(&values, values[0].shape().len() - 1),
        };
        Output { value, state: all }
    }

    fn depth(&self) -> usize {
        self.branches.iter().map(Row::depth).max().unwrap_or(1)
    }

    fn inside(&self, input: &[usize]) -> usize {
        self.branches.iter().fold(0, |sum: usize, row| sum.saturating_add(row.inside(input)))
    }

    fn onnx(&self, graph: &mut Graph, params: &[Param<f32>], input: &[usize]) -> Result<()> {
        let (begin, mut params, mut ends) = (graph.value().to_owned(), params, Vec::new());
        for (row, (_, specs)) in self.branches.iter().zip(self.place(input)?) {
            let (own, others) = params.split_at(specs.len());
            graph.go_on_from(&begin);
            row.onnx(graph, own, input)?;
            ends.push(graph.value().to_owned());
            params = others;
        }
        graph.go_on_from(ends.remove(0));
        match self.merge {
            Merge::Sum => graph.then("Sum", &ends, vec![]),
            // The channels of a vector and, there, of signals and pictures are the axis behind the rows.
            Merge::Concatenate => {
                let axes = self.output(input)?.len();
                let axis = if is_channels_first(axes) { 1 } else { axes as i64 };
                graph.then("Concat", &ends, vec![("axis", Attribute::Int(axis))]);
            }
        }
        Ok(())
    }
}
