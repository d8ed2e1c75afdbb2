//! As a Lambda function behind API Gateway: reports are executions of the state machine, collections invocations of the collector.

use crate::{Roles, StartError, Starter, Writing, router};
use aws_sdk_lambda::{primitives::Blob, types::InvocationType};
use axum::Router;
use catalog::Catalog;
use domain::{CollectionRequest, ReportRequest, TenantId};
use runtime::{
    Clock, Failed,
    lambda::{Clients, Function},
};
use serde::Serialize;
use std::{collections::BTreeMap, error::Error, sync::Arc};

/// Starts things on AWS.
#[derive(Debug, Clone)]
pub struct OnAws {
    states: aws_sdk_sfn::Client,
    lambda: aws_sdk_lambda::Client,
    state_machine: String,
    collectors: BTreeMap<String, String>,
    catalog: Arc<Catalog>,
    tenants: Vec<TenantId>,
}

/// The routes over the stores of the function's environment.
pub async fn routes(function: &Function) -> Result<Router, Failed> {
    let clients = function.clients().await.behind_the_api();
    let (storage, catalog) = (function.storage(&clients)?, Arc::new(function.catalog()?));
    let starter = OnAws::new(function, &clients, Arc::clone(&catalog))?;
    Ok(router(Writing { storage, catalog, clock: Clock::System, starter, roles: Roles::ToldHere }))
}

impl OnAws {
    fn new(function: &Function, clients: &Clients, catalog: Arc<Catalog>) -> Result<Self, Failed> {
        let environment = &function.environment;
        Ok(Self {
            states: aws_sdk_sfn::Client::new(&clients.config),
            lambda: aws_sdk_lambda::Client::new(&clients.config),
            state_machine: environment.state_machine().map_err(Failed::input)?.to_owned(),
            collectors: environment.collectors().map_err(Failed::input)?,
            catalog,
            tenants: environment.tenants().map_err(Failed::input)?,
        })
    }
}

impl Starter for OnAws {
    fn accepts(&self, tenant: &TenantId) -> Result<(), StartError> {
        if self.tenants.contains(tenant) {
            return Ok(());
        }
        Err(StartError::Refused(format!(
            "nothing is collected for {tenant} here: it is not among the deployment's Tenants"
        )))
    }

    async fn report(&self, request: &ReportRequest) -> Result<(), StartError> {
        let execution = self.states.start_execution().state_machine_arn(&self.state_machine);
        let started = execution.name(request.run_id.as_str()).input(payload(request)?).send().await;
        match started {
            // One run is one execution. AWS answers a repeated start with success while it runs, and with this once it has ended.
            Err(error) if error.as_service_error().is_some_and(|error| error.is_execution_already_exists()) => Ok(()),
            other => other.map(drop).map_err(unavailable),
        }
    }

    async fn collection(&self, request: &CollectionRequest) -> Result<(), StartError> {
        let needed = self.catalog.control(&request.control).map(|control| self.catalog.collectors(control));
        for (name, function) in &self.collectors {
            if needed.as_ref().is_some_and(|needed| needed.contains(name.as_str())) {
                let invocation = self.lambda.invoke().function_name(function).invocation_type(InvocationType::Event);
                invocation.payload(Blob::new(payload(request)?)).send().await.map_err(unavailable)?;
            }
        }
        Ok(())
    }
}

fn payload<T: Serialize>(request: &T) -> Result<String, StartError> {
    serde_json::to_string(request).map_err(unavailable)
}

// The SDK's errors say what happened only in their sources.
fn unavailable(error: impl Error) -> StartError {
    let mut told = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        told = format!("{told}: {cause}");
        source = cause.source();
    }
    StartError::Unavailable(told)
}
