//! A training loop written by hand: gradient accumulation, a schedule of its own, the gradient's norm by layer.
//!
//! `cargo run --example own_loop`

use ndarray::Array2;
use tonegrad::nn::Mode;
use tonegrad::optim::State;
use tonegrad::prelude::*;
use tonegrad::train::{BatchGradients, Objective, Targets};

const STEPS: usize = 300;
const MICRO: usize = 4; // mini-batches whose gradients make one step

fn main() -> Result<()> {
    // Is a point inside the circle?
    let x = Array2::from_shape_fn((512, 2), |(i, j)| ((i * [137, 59][j] + 31) % 512) as f32 / 256.0 - 1.0);
    let y = x.rows().into_iter().map(|p| usize::from(p[0] * p[0] + p[1] * p[1] < 0.6)).collect();
    let points = Dataset::new(x, y, ["outside", "inside"])?;

    let seed = Seed(0);
    let net = Sequential::new([2]).then(Dense::new(32).relu()).then(Dense::new(16).relu()).then(Dense::new(1));
    let mut model = net.build::<f32>(seed)?.with_loss(Loss::BinaryCrossEntropy)?;
    let adam = Adam::new(0.01);
    let mut state = State::new(&adam, model.params());

    let rows: Vec<usize> = (0..points.len()).collect();
    let mut batches = rows.chunks(32).cycle();
    for step in 0..STEPS {
        let mut gradients = BatchGradients::zeros(&model);
        for batch in batches.by_ref().take(MICRO) {
            let objective = Objective::new(model.loss(), Targets::of(&points, batch));
            let x = model.batch(points.x().select(ndarray::Axis(0), batch).view());
            let mode = Mode::Train(seed.key("dropout").child(step));
            let part = model.gradients(x, mode, |outputs| objective.value(outputs));
            gradients.accumulate(1.0 / MICRO as f64, &part);
        }
        // Up for 30 steps, down along the inverse square root.
        let rate = adam.learning_rate * ((step + 1) as f64 / 30.0).min((30.0 / (step + 1) as f64).sqrt());
        state.step(&adam, rate, model.params_mut(), &gradients.values);
        if step % 60 == 0 {
            let norms = gradients.norms_by_layer().into_iter().map(|(layer, norm)| format!("{layer} {norm:.3}"));
            println!("step {step:3}  loss {:.4}  |g| {}", gradients.loss, norms.collect::<Vec<_>>().join("  "));
        }
    }
    let test = model.evaluate(&points)?;
    println!("loss {:.4}  accuracy {:.3}", test.loss, test.accuracy());
    assert!(test.accuracy() > 0.95, "it should have learned a circle");
    Ok(())
}
