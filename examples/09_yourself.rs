//! Chapter 9: a network that learns its training tracks by heart, three remedies, and labels that mean nothing.

use rand::seq::SliceRandom;
use tonegrad::fma::Split;
use tonegrad::pictures::Chart;
use tonegrad::prelude::*;

/// Two hidden layers; dropout and an L2 penalty where they are not 0.
fn network(dropout: f64, l2: f64) -> Sequential {
    let hidden = || Dense::new(64).relu().l2(l2);
    let first = Sequential::new([140]).then(hidden()).then(Dropout::new(dropout));
    first.then(hidden()).then(Dropout::new(dropout)).then(Dense::new(2).l2(l2))
}

fn main() -> Result<()> {
    let fma = Fma::open("examples/data/fma_mfcc.zip")?;
    let parts = fma.split(Split::Official, Seed(0))?.standardized()?;
    let (train, valid) = (&parts.train, &parts.valid);
    let trainer = |stopping| Trainer::new(Adam::new(1e-3)).epochs(20).batch_size(50).early_stopping(stopping);
    let last = EarlyStopping::on(Monitor::Last);
    let runs = [
        ("nothing", network(0.0, 0.0), last),
        ("dropout 0.5", network(0.5, 0.0), last),
        ("L2 0.003", network(0.0, 3e-3), last),
        ("early stopping", network(0.0, 0.0), EarlyStopping::on(Monitor::ValLoss).patience(5)),
    ];
    let mut chart = Chart::new("Learned by heart", "epoch", "loss");
    println!("accuracy          training   validation      test   validation loss   epochs");
    for (name, network, stopping) in runs {
        let mut model = network.build::<f32>(Seed(0))?;
        let history = trainer(stopping).fit(&mut model, train, valid, Seed(0))?;
        let [a, b, c] = [train, valid, &parts.test].map(|rows| model.evaluate(rows).expect("rows fit"));
        let accuracies = [a.accuracy(), b.accuracy(), c.accuracy()].map(|share| format!("{:10.1} %", 100.0 * share));
        println!("{name:15}{} {:17.3} {:8}", accuracies.concat(), b.loss, history.trained());
        if stopping == last && model.penalty() == 0.0 {
            let epoch = |value: f64, epoch: usize| (epoch as f64, value);
            let losses = history.epochs.iter();
            chart = chart.line(format!("{name}: training"), losses.clone().map(|e| epoch(e.loss, e.epoch)));
            chart = chart.line(format!("{name}: validation"), losses.map(|e| epoch(e.val_loss, e.epoch)));
        }
    }

    // Labels dealt anew: there is nothing left to learn.
    let mut labels = train.y().to_vec();
    labels.shuffle(&mut Seed(0).stream("labels"));
    let shuffled = Train::new(Dataset::new(train.x().to_owned(), labels, train.classes().iter().cloned())?);
    let mut model = network(0.0, 0.0).build::<f32>(Seed(0))?;
    trainer(last).epochs(40).fit(&mut model, &shuffled, valid, Seed(0))?;
    let [learned, told] = [&shuffled, valid].map(|rows| 100.0 * model.evaluate(rows).expect("rows fit").accuracy());
    println!("\nshuffled labels: {learned:.1} % of the training part, {told:.1} % of the validation part");
    if let Some(folder) = std::env::args().nth(1) {
        std::fs::write(format!("{folder}/09-yourself.svg"), chart.picture().to_svg()).expect("a folder to write to");
    }
    Ok(())
}
