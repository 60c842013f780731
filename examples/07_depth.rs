//! Chapter 7: what initialisation does to twenty layers: activations forward, gradients backward, and training.

use tonegrad::autograd::gradcheck::normal;
use tonegrad::fma::Split;
use tonegrad::pictures::Chart;
use tonegrad::prelude::*;

const DEPTH: usize = 20;
const WIDTH: usize = 128;

/// The root of the mean square of activations and of gradients, after 0 to 20 layers with ReLU.
fn scales(init: Init) -> [Vec<f64>; 2] {
    let tape = Tape::new();
    let mut layers = vec![tape.leaf(normal([WIDTH, WIDTH], 1))];
    for layer in 0..DEPTH {
        let w = init.sample(&[WIDTH, WIDTH], (WIDTH, WIDTH), Seed(0), &format!("layer {layer}"));
        let (w, b) = (tape.constant(w), tape.constant(Tensor::zeros([WIDTH])));
        layers.push(tape.keep(layers[layer].clone().dense(w, b).relu()));
    }
    let gradients = tape.backward(&layers[DEPTH], normal([WIDTH, WIDTH], 2));
    let scale = |x: &Tensor<f64>| (x.as_slice().iter().map(|x| x * x).sum::<f64>() / x.len() as f64).sqrt();
    [layers.iter().map(|x| scale(x.value())).collect(), layers.iter().map(|x| scale(&gradients.of(x))).collect()]
}

fn main() -> Result<()> {
    let fma = Fma::open("examples/data/fma_mfcc.zip")?;
    let parts = fma.split(Split::Official, Seed(0))?.standardized()?;
    let inits = [
        ("deviation 0.05", Init::TruncatedNormal(0.05)),
        ("Glorot", Init::GlorotNormal),
        ("He", Init::HeNormal),
        ("deviation 0.3", Init::TruncatedNormal(0.3)),
    ];
    let mut chart = Chart::new("Twenty layers with ReLU", "layer", "scale of the activations").log_y();
    println!("                    activations after layer           gradients before layer");
    println!("                       1       10       20          20       10        1");
    for (name, init) in inits {
        let [x, dx] = scales(init);
        chart = chart.line(name, x.iter().enumerate().map(|(layer, &scale)| (layer as f64, scale)));
        let scales = [x[1], x[10], x[20], dx[19], dx[9], dx[0]].map(|scale| format!("{scale:9.1e}"));
        println!("{name:15} {}   {}", scales[..3].concat(), scales[3..].concat());
    }

    println!("\nA network of {DEPTH} layers of 32 units on real tracks, Hip-Hop or Rock, five epochs:");
    for (name, init) in inits.into_iter().take(3) {
        let hidden = (0..DEPTH).map(|_| Dense::new(32).init(init).relu());
        let network = hidden.fold(Sequential::new([140]), Sequential::then).then(Dense::new(2));
        let mut model = network.build::<f32>(Seed(0))?;
        let mut trainer = Trainer::new(Adam::new(1e-3)).epochs(5).batch_size(100);
        let history = trainer.fit(&mut model, &parts.train, &parts.valid, Seed(0))?;
        let (first, last) = (&history.epochs[0], &history.epochs[4]);
        println!("{name:15} training loss {:.3}, then {:.3}", first.loss, last.loss);
    }
    if let Some(folder) = std::env::args().nth(1) {
        std::fs::write(format!("{folder}/07-depth.svg"), chart.picture().to_svg()).expect("a folder to write to");
    }
    Ok(())
}
