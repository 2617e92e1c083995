//! `doorstep kubeconfig`: lets kubectl sign in by `doorstep login` (Kubernetes' client-go credential
//! plugins).
//!
//! The entry is printed, or put into an existing kubeconfig by kubectl itself: it knows which file of
//! `KUBECONFIG` an entry belongs into, locks it, and leaves everything else as it is.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::Failure;
use super::login::{Issuer, NEVER_ASK};

const API: &str = "client.authentication.k8s.io/v1";

/// Arguments of `doorstep kubeconfig`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    issuer: Issuer,
    /// What to call the user in the kubeconfig
    #[arg(long, value_name = "NAME", default_value = "doorstep")]
    user: String,
    /// Put the user into the kubeconfig that kubectl uses, rather than print it
    #[arg(long)]
    write: bool,
    /// Put the user into this kubeconfig; `-` prints it
    #[arg(long, value_name = "FILE", conflicts_with = "write")]
    file: Option<PathBuf>,
    /// An existing context that shall sign in as this user; needs --write or --file
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// When kubectl is needed and missing, or refuses.
pub async fn run(args: Args) -> Result<(), Failure> {
    args.issuer.check()?;
    let command = command(std::env::var_os("PATH"), std::env::current_exe().ok());
    let arguments = login_arguments(&args.issuer)?;
    let file = args.file.as_deref().filter(|file| *file != Path::new("-"));
    if !args.write && file.is_none() {
        if args.context.is_some() {
            return Err(Failure { code: 2, message: "--context needs --write or --file.".into() });
        }
        return super::output::line(render(&args.user, &command, &arguments));
    }
    let kubectl = Kubectl { file };
    kubectl.config(set_user(&args.user, &command, &arguments)).await?;
    if let Some(context) = &args.context {
        kubectl
            .config(vec!["set-context".into(), context.clone(), format!("--user={}", args.user)])
            .await?;
    }
    super::output::tell(format!("kubectl signs in by doorstep as user {}.", args.user));
    Ok(())
}

/// What kubectl runs: the bare name when the path leads to this program, so that the file serves on
/// other machines too, else the place where it is.
fn command(path: Option<OsString>, this: Option<PathBuf>) -> String {
    let Some(this) = this.and_then(|this| this.canonicalize().ok()) else {
        return "doorstep".into();
    };
    let found = path.iter().flat_map(std::env::split_paths).map(|folder| folder.join("doorstep"));
    let first = found.filter_map(|candidate| candidate.canonicalize().ok()).next();
    if first.as_ref() == Some(&this) {
        "doorstep".into()
    } else {
        this.to_string_lossy().into_owned()
    }
}

fn login_arguments(issuer: &Issuer) -> Result<Vec<String>, Failure> {
    let mut arguments = vec!["login".to_owned(), "--format=exec-credential".to_owned()];
    arguments.push(format!("--issuer={}", issuer.name()));
    arguments.push(format!("--client-id={}", issuer.client_id));
    arguments.push(format!("--scope={}", issuer.scope));
    for (name, file) in
        [("client-secret-file", &issuer.client_secret_file), ("ca-file", &issuer.ca_file)]
    {
        if let Some(file) = file {
            let file = std::path::absolute(file)
                .map_err(|error| Failure::new(format!("--{name}: {error}.")))?;
            arguments.push(format!("--{name}={}", file.display()));
        }
    }
    if issuer.allow_http {
        arguments.push("--allow-http".to_owned());
    }
    Ok(arguments)
}

/// A kubeconfig with nothing but the user. JSON strings are YAML strings.
fn render(user: &str, command: &str, arguments: &[String]) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let arguments: String =
        arguments.iter().map(|argument| format!("\n      - {}", quoted(argument))).collect();
    format!(
        "apiVersion: v1\nkind: Config\nusers:\n- name: {}\n  user:\n    exec:\n      apiVersion: {API}\n      \
         command: {}\n      args:{arguments}\n      interactiveMode: IfAvailable\n      provideClusterInfo: false",
        quoted(user),
        quoted(command),
    )
}

fn set_user(user: &str, command: &str, arguments: &[String]) -> Vec<String> {
    let mut words = vec!["set-credentials".to_owned(), user.to_owned()];
    words.push(format!("--exec-api-version={API}"));
    words.push(format!("--exec-command={command}"));
    words.push("--exec-interactive-mode=IfAvailable".to_owned());
    words.push("--exec-provide-cluster-info=false".to_owned());
    // kubectl reads this option as a record of comma-separated values.
    words.extend(
        arguments
            .iter()
            .map(|argument| format!("--exec-arg=\"{}\"", argument.replace('"', "\"\""))),
    );
    words
}

/// kubectl, for its own file or a given one.
struct Kubectl<'a> {
    file: Option<&'a Path>,
}

impl Kubectl<'_> {
    async fn config(&self, words: Vec<String>) -> Result<(), Failure> {
        let mut kubectl = tokio::process::Command::new("kubectl");
        kubectl.arg("config").args(words).stdin(std::process::Stdio::null());
        // Some builds of kubectl ask the server for its version even now, and so run this program.
        kubectl.env(NEVER_ASK, "true");
        if let Some(file) = self.file {
            kubectl.arg("--kubeconfig").arg(file);
        }
        let output = kubectl.output().await.map_err(|error| {
            Failure::new(format!(
                "kubectl cannot be run: {error}. Without --write and --file the entry is printed."
            ))
        })?;
        if output.status.success() {
            return Ok(());
        }
        let words = String::from_utf8_lossy(&output.stderr);
        Err(Failure::new(format!("kubectl did not change the kubeconfig: {}", words.trim())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_is_yaml_whatever_is_in_it() {
        let text = render(
            "it's \"me\"",
            "/opt/door step/doorstep",
            &["login".into(), "--scope=openid: # x".into()],
        );
        assert!(text.contains("- name: \"it's \\\"me\\\"\"\n"));
        assert!(text.contains("      args:\n      - \"login\"\n      - \"--scope=openid: # x\"\n"));
        assert!(text.contains("      command: \"/opt/door step/doorstep\"\n"));
    }

    #[test]
    fn the_bare_name_is_used_only_if_it_leads_here() {
        let this = std::env::current_exe().unwrap();
        assert_eq!(
            command(None, Some(this.clone())),
            this.canonicalize().unwrap().to_string_lossy()
        );
        assert_eq!(command(Some("/nowhere".into()), None), "doorstep");
    }
}
