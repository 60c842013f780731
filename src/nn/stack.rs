//! Layers in a row, placed: with their names, shapes and parameters, and run in stages, depth-first where that is faster.

use super::layer::AnyLayer;
use super::layer::{Mode, Output, Scope};
use super::onnx::Graph;
use super::param::{Param, ParamSpec, Role};
use crate::autograd::{Var, map_examples};
use crate::{Error, Result, Scalar};
use std::collections::HashMap;
use std::ops::Range;

/// A layer in its place: its name, its output shape, and which parameters of the row are its own.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub name: String,
    pub title: &'static str,
    pub layer: AnyLayer,
    pub output: Vec<usize>,
    pub params: Range<usize>,
}

/// Some consecutive layers, run depth-first example by example or layer by layer on the whole batch.
#[derive(Clone, Debug)]
struct Stage {
    layers: Range<usize>,
    by_example: bool,
}

/// Layers in a row, which fit each other.
#[derive(Clone, Debug)]
pub(crate) struct Stack {
    pub layers: Vec<Placed>,
    /// Values that an example becomes on its way.
    pub values: usize,
    stages: Vec<Stage>,
}

impl Stack {
    /// Places layers behind an input of this shape; with the parameters that they ask for, under the names of their layers:
    /// `dense_1.kernel`.
    pub fn place(layers: &[AnyLayer], input: &[usize]) -> Result<(Stack, Vec<ParamSpec>)> {
        let mut names = HashMap::new();
        let mut shape = input.to_vec();
        let mut room = Room(MOST_VALUES);
        room.take(&shape).map_err(|e| e.at("network, input"))?;
        let mut placed = Vec::new();
        let mut params = Vec::new();
        for (i, layer) in layers.iter().enumerate() {
            let (kind, title) = layer.kind();
            let place = format!("layer {}, {kind}", i + 1);
            let output = layer.output(&shape).map_err(|e| e.under(&place))?;
            room.take(&output).and(room.take(&[layer.inside(&shape)])).map_err(|e| e.at(place.as_str()))?;
            let name = match names.entry(kind).and_modify(|n| *n += 1).or_insert(0) {
                0 => kind.to_string(),
                n => format!("{kind}_{n}"),
            };
            let first = params.len();
            for spec in layer.params(&shape) {
                let sound = Room(MOST_WEIGHTS).take(&spec.shape).and(spec.check()).and(keeps_to(layer.scope(), &spec));
                sound.and(affordable(&output, &spec.shape)).map_err(|e| e.under(&place))?;
                params.push(ParamSpec { name: format!("{name}.{}", spec.name).into(), ..spec });
            }
            shape.clone_from(&output);
            placed.push(Placed { name, title, layer: layer.clone(), output, params: first..params.len() });
        }
        Ok((Stack { stages: stages(&placed), values: MOST_VALUES - room.0, layers: placed }, params))
    }

    /// The shape of one example's output, behind an input of shape `input`.
    pub fn output<'a>(&'a self, input: &'a [usize]) -> &'a [usize] {
        self.layers.last().map_or(input, |placed| &placed.output)
    }

    /// The forward pass of all layers, whose parameters are `params`; `mode` says which mode each layer runs in.
    pub fn forward<'t, F: Scalar>(
        &self,
        x: Var<'t, F>,
        params: &[Var<'t, F>],
        mode: impl Fn(usize) -> Mode + Sync,
    ) -> Output<'t, F> {
        self.stages.iter().fold(x.into(), |done, stage| {
            if !stage.by_example {
                return self.run(stage.layers.clone(), done, params, &mode);
            }
            let (first, last) = (&self.layers[stage.layers.start], &self.layers[stage.layers.end - 1]);
            let own = first.params.start..last.params.end;
            let shared: Vec<_> = params[own.clone()].iter().collect();
            let value = map_examples(&done.value, &shared, &last.output, |x, params, row| {
                stage.layers.clone().fold(x, |x, i| {
                    let Placed { layer, params: p, .. } = &self.layers[i];
                    layer.forward(x, &params[p.start - own.start..p.end - own.start], mode(i).below(row)).value
                })
            });
            Output { value, state: done.state }
        })
    }

    /// Runs some layers on the whole batch, one after the other.
    pub fn run<'t, F: Scalar>(
        &self,
        layers: Range<usize>,
        done: Output<'t, F>,
        params: &[Var<'t, F>],
        mode: impl Fn(usize) -> Mode,
    ) -> Output<'t, F> {
        layers.fold(done, |Output { value, mut state }, i| {
            let Placed { layer, params: own, .. } = &self.layers[i];
            let output = layer.forward(value, &params[own.clone()], mode(i));
            state.extend(output.state);
            Output { value: output.value, state }
        })
    }
}

impl Stack {
    /// The layers in inference as nodes of ONNX, behind an input of this shape.
    pub fn onnx(&self, graph: &mut Graph, params: &[Param<f32>], input: &[usize]) -> Result<()> {
        let mut shape = input;
        for (i, Placed { name, layer, output, params: own, .. }) in self.layers.iter().enumerate() {
            let added = layer.onnx(graph, &params[own.clone()], shape);
            added.map_err(|e| e.under(&format!("layer {}, {name}", i + 1)))?;
            shape = output;
        }
        Ok(())
    }
}

/// Layers that want the whole batch run by themselves; a run of others is depth-first where one of them is worth it.
fn stages(layers: &[Placed]) -> Vec<Stage> {
    let whole = |placed: &Placed| placed.layer.scope() == Scope::Batch;
    let mut stages: Vec<Stage> = Vec::new();
    for (i, placed) in layers.iter().enumerate() {
        match stages.last_mut() {
            Some(stage) if whole(&layers[stage.layers.start]) == whole(placed) => stage.layers.end = i + 1,
            _ => stages.push(Stage { layers: i..i + 1, by_example: false }),
        }
    }
    for stage in &mut stages {
        stage.by_example = layers[stage.layers.clone()].iter().any(|placed| placed.layer.scope() == Scope::Example);
    }
    stages
}

/// State is moved once for a batch, so a layer with state must see it.
fn keeps_to(scope: Scope, spec: &ParamSpec) -> Result<()> {
    match spec.role == Role::State && scope != Scope::Batch {
        false => Ok(()),
        true => Err(Error::config("")
            .found(format!("state, {}, of a layer whose scope is {scope:?}", spec.name))
            .wanted("Scope::Batch for a layer with state")),
    }
}

/// Values that one example may become on its way through a network, all layers together: 256 MiB in `f32`. A description
/// may come from a file, and a few bytes of it can ask for any size.
const MOST_VALUES: usize = 1 << 26;

/// Values in one parameter: 4 GiB in `f32`.
const MOST_WEIGHTS: usize = 1 << 30;

/// Multiplications in one layer for one example: some seconds. A kernel of few bytes can ask for any number, by long signals.
const MOST_WORK: u64 = 1 << 32;

/// Whether a layer of this output can multiply with a weight of this shape, once in every window where there are windows.
fn affordable(output: &[usize], weight: &[usize]) -> Result<()> {
    let windows = if output.len() == 2 { output[0] } else { 1 };
    let work = weight.iter().try_fold(windows as u64, |n, &size| n.checked_mul(size as u64));
    match work.is_some_and(|work| work <= MOST_WORK) {
        true => Ok(()),
        false => Err(Error::shape("")
            .found(format!("weights {weight:?} in {windows} windows"))
            .wanted(format!("at most {MOST_WORK} multiplications for one row"))),
    }
}

/// How many more values there may be.
struct Room(usize);

impl Room {
    fn take(&mut self, shape: &[usize]) -> Result<()> {
        let values = shape.iter().try_fold(1, |n: usize, &size| n.checked_mul(size));
        let left = values.and_then(|n| self.0.checked_sub(n));
        self.0 = left.ok_or_else(|| {
            Error::shape("").found(format!("values of shape {shape:?}")).wanted(format!("at most {} more", self.0))
        })?;
        Ok(())
    }
}
