//! The graph of a computation: a box for each value with its gradient, what it was made of on the left of it.

use super::canvas::{Area, At, Drawn, SMALL, TEXT, draw, fit, font, width, write};
use super::escape::plural;
use super::palette::{BLUE, GRID, INK, MUTED, ORANGE, PAPER};
use super::{Cell, Picture, Table};
use crate::autograd::graph::brief;
use crate::autograd::{Graph, GraphNode};
use crate::{Error, Result, Scalar};
use plotters::prelude::*;
use rust_sugiyama::configure::Config;

/// Boxes of one picture.
const MOST: usize = 300;
/// Between boxes, and around all of them.
const GAP: i32 = 24;
/// From a box to the next one on its right: room for lines.
const REACH: i32 = 56;
const HEIGHT: i32 = 104;
const WIDEST: i32 = 320;

/// The graph of a small computation as a picture: operations, values, and gradients where the drawing has them.
///
/// ```
/// use tonegrad::{Tensor, autograd::Tape, pictures};
/// let tape = Tape::keeping_all();
/// let x = tape.label("x", tape.leaf(Tensor::scalar(3.0)));
/// let y = &(&x * &x) + &x;
/// let picture = pictures::graph(&tape.draw(Some(&tape.gradients(&y))))?;
/// assert!(picture.to_svg().contains("gradient 7"));
/// # Ok::<(), tonegrad::Error>(())
/// ```
///
/// # Errors
/// When there is nothing to draw, or more than 300 values.
pub fn graph<F: Scalar>(graph: &Graph<F>) -> Result<Picture> {
    let nodes = graph.nodes();
    if !(1..=MOST).contains(&nodes.len()) {
        return Err(Error::data("picture of a graph")
            .found(plural(nodes.len(), "value"))
            .wanted(format!("1 to {MOST}"))
            .fix("draw a smaller computation; print the graph to read a large one"));
    }
    let boxes = layout(graph);
    let right = |edge: fn(&Place) -> i32| boxes.iter().map(edge).max().unwrap_or_default() + GAP;
    let size = (right(|b| b.x + b.width), right(|b| b.y + HEIGHT));
    let picture = |area: &Area| {
        for (to, node) in boxes.iter().zip(nodes) {
            node.inputs.iter().try_for_each(|&from| arrow(area, &boxes[from], to))?;
        }
        nodes.iter().zip(&boxes).enumerate().try_for_each(|(i, (node, place))| place.draw(area, &graph.name(i), node))
    };
    let gradients = nodes.iter().filter(|node| node.gradient.is_some()).count();
    let description =
        format!("{} from left to right, {} with a gradient.", plural(nodes.len(), "value"), plural(gradients, "value"));
    Ok(Picture::new("Graph of a computation", description, (size, draw(size, picture)), table(graph)))
}

fn table<F: Scalar>(graph: &Graph<F>) -> Table {
    let row = |(i, node): (usize, &GraphNode<F>)| {
        let inputs: Vec<String> = node.inputs.iter().map(|&input| graph.name(input)).collect();
        let gradient = node.gradient.as_ref().map_or_else(Cell::none, |g| Cell::number(brief(g)));
        [
            graph.name(i).as_str().into(),
            node.made_by.into(),
            inputs.join(", ").as_str().into(),
            Cell::number(brief(&node.value)),
            gradient,
        ]
    };
    let head = ["node", "made by", "of", "value", "gradient"];
    Table::new("Values of a computation", head).rows(graph.nodes().iter().enumerate().map(row))
}

/// Where a value is drawn.
struct Place {
    x: i32,
    y: i32,
    width: i32,
}

/// What a box says: its name and operation, value, gradient.
fn lines<F: Scalar>(name: &str, node: &GraphNode<F>) -> [String; 3] {
    let gradient = node.gradient.as_ref().map_or(String::new(), |g| format!("gradient {}", brief(g)));
    [format!("{name}  {}", node.made_by), format!("value {}", brief(&node.value)), gradient]
}

/// Layers from left to right, few crossings: the layout's axes are swapped, for it goes downwards.
fn layout<F: Scalar>(graph: &Graph<F>) -> Vec<Place> {
    let widths: Vec<i32> = (graph.nodes().iter().enumerate())
        .map(|(i, node)| {
            let [title, value, gradient] = lines(&graph.name(i), node);
            let text = width(&title, TEXT).max(width(&value, SMALL)).max(width(&gradient, SMALL));
            (text + GAP).min(WIDEST)
        })
        .collect();
    let sizes = widths.iter().map(|&width| (f64::from(HEIGHT), f64::from(width + REACH)));
    let vertices: Vec<(u32, (f64, f64))> = (0..).zip(sizes).collect();
    let edges: Vec<(u32, u32)> = (0..)
        .zip(graph.nodes())
        .flat_map(|(to, node)| node.inputs.iter().map(move |&from| (from as u32, to)))
        .collect();
    let config = Config { vertex_spacing: f64::from(GAP), ..Config::default() };
    let mut boxes: Vec<Place> = widths.iter().map(|&width| Place { x: 0, y: 0, width }).collect();
    let mut top = GAP;
    for (places, _, _) in rust_sugiyama::from_vertices_and_edges(&vertices, &edges, &config) {
        let least = |of: fn(&(f64, f64)) -> f64| places.iter().map(|(_, at)| of(at)).fold(f64::INFINITY, f64::min);
        let (left, above) = (least(|at| at.1), least(|at| at.0));
        for &(node, (across, along)) in &places {
            boxes[node].x = GAP + (along - left).round() as i32;
            boxes[node].y = top + (across - above).round() as i32;
        }
        top = places.iter().map(|&(node, _)| boxes[node].y + HEIGHT).max().unwrap_or(top) + GAP;
    }
    boxes
}

/// From the right edge of one box to the left edge of another.
fn arrow(area: &Area, from: &Place, to: &Place) -> Drawn {
    let (begin, end) = ((from.x + from.width, from.y + HEIGHT / 2), (to.x, to.y + HEIGHT / 2));
    area.draw(&PathElement::new([begin, end], MUTED.rgb().stroke_width(2)))?;
    let (dx, dy) = (f64::from(end.0 - begin.0), f64::from(end.1 - begin.1));
    let length = dx.hypot(dy).max(1.0);
    let (ux, uy) = (12.0 * dx / length, 12.0 * dy / length);
    let corner = |side: f64| (end.0 - (ux + side * uy / 2.0) as i32, end.1 - (uy - side * ux / 2.0) as i32);
    area.draw(&Polygon::new([end, corner(1.0), corner(-1.0)], MUTED.rgb()))
}

impl Place {
    fn draw<F: Scalar>(&self, area: &Area, name: &str, node: &GraphNode<F>) -> Drawn {
        let corners = [(self.x, self.y), (self.x + self.width, self.y + HEIGHT)];
        let edge = if node.inputs.is_empty() { BLUE } else { GRID };
        area.draw(&Rectangle::new(corners, PAPER.rgb().filled()))?;
        area.draw(&Rectangle::new(corners, edge.rgb().stroke_width(3)))?;
        let [title, value, gradient] = lines(name, node);
        let texts = [(title, TEXT, INK), (value, SMALL, INK), (gradient, SMALL, ORANGE)];
        texts.iter().zip(0..).try_for_each(|((text, size, colour), line)| {
            let point = (self.x + GAP / 2, self.y + 22 + 30 * line);
            write(area, &fit(text, *size, self.width - GAP), point, font(*size, *colour), At::Start)
        })
    }
}
