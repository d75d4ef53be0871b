//! `tidegate plan`.

use std::io;
use std::sync::Arc;

use anstream::eprintln;
use serde_json::{Map, Value, json};
use tidegate_local_runtime::{Message, OnMessage, Planned, Severity, build, plan, redacted};

use tidegate_plan::Plan;
use tidegate_plan::cost::{Estimate, Load, Prices, estimate, thousands};

use super::block_on;
use crate::arguments::{PlanArguments, StackArguments};
use crate::machine;
use crate::output::{BOLD, DIM, line, table};

pub(crate) fn run(arguments: &PlanArguments) -> anyhow::Result<()> {
    let project = machine::project()?;
    let state = machine::state(&project, &arguments.stack);
    let StackArguments {
        stack, config_file, ..
    } = &arguments.stack;
    let config = project.stack(stack, config_file.as_deref())?;
    let built = build(&project, &machine::build_options(&state, arguments.release))?;
    let planned = block_on(async {
        Ok(plan(&project, stack, &config, &built, &state, on_message()).await?)
    })?;
    let region = config.values.get("aws:region").map(String::as_str);
    if arguments.json {
        line(format_args!(
            "{}",
            serde_json::to_string_pretty(&as_json(&planned, region))?
        ))?;
        return Ok(());
    }
    print(&planned)?;
    if arguments.cost {
        let plan = Plan::read(as_json(&planned, region).to_string().as_bytes())?;
        let load = arguments.load.clone().unwrap_or_default();
        let prices = Prices::built_in()?;
        print_cost(&estimate(&plan.after(), &load, &prices), &load, &prices)?;
    }
    Ok(())
}

/// What the program says goes to standard error, so that the plan can be piped. Errors come with the failure.
fn on_message() -> OnMessage {
    Arc::new(|message: Message| {
        if message.severity < Severity::Error {
            eprintln!("{DIM}program{DIM:#} {}", message.text);
        }
    })
}

fn as_json(planned: &Planned, region: Option<&str>) -> Value {
    let properties = |values: &std::collections::BTreeMap<String, _>| -> Map<String, Value> {
        values
            .iter()
            .map(|(name, value)| (name.clone(), redacted(value)))
            .collect()
    };
    let resources = planned.resources.iter().map(|resource| {
        json!({
            "urn": resource.urn,
            "type": resource.type_token,
            "name": resource.name,
            "custom": resource.custom,
            "parent": resource.parent,
            "id": resource.id,
            "inputs": properties(&resource.inputs),
            "dependencies": resource.dependencies,
            "propertyDependencies": resource.property_dependencies,
            "protect": resource.options.protect.unwrap_or_default(),
        })
    });
    json!({
        "region": region,
        "resources": resources.collect::<Vec<_>>(),
        "outputs": properties(&planned.outputs),
    })
}

fn print(planned: &Planned) -> io::Result<()> {
    let mut rows = table();
    let custom: Vec<_> = planned
        .resources
        .iter()
        .filter(|resource| resource.custom)
        .collect();
    for resource in &custom {
        let id = resource.id.as_deref().unwrap_or_default();
        rows.add_row([resource.type_token.as_str(), &resource.name, id]);
    }
    line(format_args!("{rows}"))?;
    let (count, components) = (custom.len(), planned.resources.len() - custom.len());
    line(format_args!(
        "\n{BOLD}{count} resources{BOLD:#} {DIM}in {components} components, the stack included{DIM:#}"
    ))?;
    for (name, value) in &planned.outputs {
        let value = redacted(value);
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        line(format_args!("  {name}: {text}"))?;
    }
    Ok(())
}

fn print_cost(cost: &Estimate, load: &Load, prices: &Prices) -> io::Result<()> {
    let mut rows = table();
    for item in &cost.items {
        let quantity = format!("{} {}", thousands(item.quantity), item.unit);
        rows.add_row([&item.service, &item.what, &quantity, &item.cost.to_string()]);
    }
    line(format_args!("\n{rows}"))?;
    line(format_args!(
        "\n{BOLD}{} a month{BOLD:#}, estimated, without taxes",
        cost.total()
    ))?;
    let numbers = load.numbers().into_iter();
    let numbers: Vec<_> = numbers
        .map(|(name, number)| format!("{name}={number}"))
        .collect();
    let free = if load.free_tier {
        "taken off"
    } else {
        "not taken off"
    };
    line(format_args!("{DIM}for {}{DIM:#}", numbers.join(", ")))?;
    line(format_args!(
        "{DIM}prices of {}, {}; what is free for an account is {free}{DIM:#}",
        prices.region, prices.as_of
    ))?;
    for unpriced in &cost.unpriced {
        line(format_args!(
            "{DIM}not in it, as its price is not known: {unpriced}{DIM:#}"
        ))?;
    }
    Ok(())
}
