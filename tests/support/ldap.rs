//! A real OpenLDAP with a few invented people.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use doorstep::accounts::ldap::LdapSettings;
use doorstep::accounts::linking::Admission;
use doorstep::accounts::rules::UsernameRule;
use doorstep::secret::Secret;
use tempfile::TempDir;

use super::process::{Leash, free_port, wait_for_port};
use super::tls::Identity;

const BASE: &str = "dc=example,dc=org";
/// The password of everybody in it.
pub const PASSWORD: &str = "seven plums (sing) * \\ aloud";
/// Ada's `entryUUID`.
pub const ADA: &str = "5f1a9a2e-0000-4000-8000-0000000000ad";

/// A running directory; it stops when it is dropped.
pub struct Directory {
    /// The port of `ldap://`.
    pub port: u16,
    /// The port of `ldaps://`.
    pub tls_port: u16,
    /// Its certificate.
    pub identity: Identity,
    _server: Leash,
    _folder: TempDir,
}

impl Directory {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let identity = Identity::generate();
        let (config, data) = (folder.path().join("slapd.conf"), folder.path().join("data.ldif"));
        std::fs::create_dir(folder.path().join("db")).expect("a folder");
        std::fs::write(&config, configuration(folder.path(), &identity)).expect("it is written");
        std::fs::write(&data, people()).expect("it is written");
        let filled = Command::new("/usr/sbin/slapadd")
            .arg("-f")
            .arg(&config)
            .arg("-l")
            .arg(&data)
            .output()
            .expect("slapadd is there: scripts/test installs it");
        assert!(filled.status.success(), "{}", String::from_utf8_lossy(&filled.stderr));
        let (port, tls_port) = (free_port(), free_port());
        let mut server = Command::new("/usr/sbin/slapd");
        let addresses = format!("ldap://127.0.0.1:{port} ldaps://127.0.0.1:{tls_port}");
        server.args(["-d", "0", "-h", &addresses, "-f"]).arg(&config);
        let server = Leash::start(&server, &folder.path().join("slapd.log"));
        wait_for_port(port, "slapd").await;
        wait_for_port(tls_port, "slapd").await;
        Self { port, tls_port, identity, _server: server, _folder: folder }
    }

    /// How Doorstep knows it, by plain `ldap://`.
    pub fn settings(&self) -> LdapSettings {
        LdapSettings {
            url: format!("ldap://127.0.0.1:{}", self.port).parse().ok(),
            starttls: false,
            ca_file: None,
            bind_dn: Some(format!("cn=finder,{BASE}")),
            bind_password: Some(Secret::new("finders keepers")),
            base: Some(format!("ou=people,{BASE}")),
            filter: "(&(objectClass=person)(uid={username}))".into(),
            id_attribute: "entryUUID".into(),
            username_attribute: "uid".into(),
            usernames: UsernameRule::Strict,
            name_attribute: "cn".into(),
            given_name_attribute: "givenName".into(),
            family_name_attribute: "sn".into(),
            email_attribute: "mail".into(),
            email_verified: true,
            group_base: Some(format!("ou=groups,{BASE}")),
            group_filter: Some("(&(objectClass=groupOfNames)(member={dn}))".into()),
            group_attribute: "cn".into(),
            required_groups: Vec::new(),
            accounts: Admission::Create,
            timeout: 5,
        }
    }
}

fn configuration(folder: &Path, identity: &Identity) -> String {
    let folder = folder.display();
    let (certificate, key) = (identity.certificate.display(), identity.key.display());
    format!(
        "include /etc/ldap/schema/core.schema\n\
         include /etc/ldap/schema/cosine.schema\n\
         include /etc/ldap/schema/inetorgperson.schema\n\
         modulepath /usr/lib/ldap\n\
         moduleload back_mdb\n\
         pidfile {folder}/slapd.pid\n\
         argsfile {folder}/slapd.args\n\
         TLSCertificateFile {certificate}\n\
         TLSCertificateKeyFile {key}\n\
         database mdb\n\
         maxsize 10485760\n\
         suffix \"{BASE}\"\n\
         rootdn \"cn=admin,{BASE}\"\n\
         directory {folder}/db\n\
         access to attrs=userPassword by anonymous auth by * none\n\
         access to * by dn.exact=\"cn=finder,{BASE}\" read by * none\n"
    )
}

/// The entries: Ada, Zoë with a name that wants escaping, two who share a user name, and two groups.
fn people() -> String {
    let mut ldif = format!(
        "dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\no: Example\ndc: example\n\n"
    );
    for unit in ["people", "groups"] {
        let _ =
            write!(ldif, "dn: ou={unit},{BASE}\nobjectClass: organizationalUnit\nou: {unit}\n\n");
    }
    let _ = write!(
        ldif,
        "dn: cn=finder,{BASE}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\n\
         cn: finder\nuserPassword: finders keepers\n\n"
    );
    let mut person = |dn: &str, cn: &str, uid: &str, id: &str| {
        let _ = write!(
            ldif,
            "dn: {dn},ou=people,{BASE}\nobjectClass: inetOrgPerson\ncn: {cn}\nsn: Example\n\
             givenName: {uid}\nuid: {uid}\nmail: {uid}@example.org\nuserPassword: {PASSWORD}\n\
             entryUUID: {id}\n\n"
        );
    };
    person("cn=Ada Example", "Ada Example", "ada", ADA);
    person(
        "cn=Zoe \\2C (x)* \\5C Y",
        "Zoe , (x)* \\ Y",
        "zoe",
        "5f1a9a2e-0000-4000-8000-000000000020",
    );
    person("cn=First Twin", "First Twin", "twin", "5f1a9a2e-0000-4000-8000-000000000021");
    person("cn=Second Twin", "Second Twin", "twin", "5f1a9a2e-0000-4000-8000-000000000022");
    let ada = format!("cn=Ada Example,ou=people,{BASE}");
    let zoe = format!("cn=Zoe \\2C (x)* \\5C Y,ou=people,{BASE}");
    for (group, members) in [("staff", vec![&ada, &zoe]), ("builders", vec![&ada])] {
        let _ = write!(
            ldif,
            "dn: cn={group},ou=groups,{BASE}\nobjectClass: groupOfNames\ncn: {group}\n"
        );
        for member in members {
            let _ = writeln!(ldif, "member: {member}");
        }
        ldif.push('\n');
    }
    ldif
}
