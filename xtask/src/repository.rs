//! Where the repository and its build output are, and what cargo knows about its crates.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::{
    Failure,
    command::{cargo, output, run},
};

/// The repository that the current folder lies in.
pub struct Repository {
    /// The folder with the workspace's manifest.
    pub root: PathBuf,
    /// The folder that cargo builds into.
    pub target: PathBuf,
    /// What `cargo metadata --no-deps` prints.
    pub metadata: Value,
}

impl Repository {
    /// Asks cargo, so that a configured target folder is respected.
    pub fn find() -> Result<Self, Failure> {
        let printed = output(cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
        let metadata: Value = serde_json::from_slice(&printed)
            .map_err(|error| Failure::Refused(format!("`cargo metadata` printed no JSON: {error}")))?;
        let folder = |key: &str| metadata.get(key).and_then(Value::as_str).map(PathBuf::from);
        match (folder("workspace_root"), folder("target_directory")) {
            (Some(root), Some(target)) => Ok(Self { root, target, metadata }),
            _ => Err(Failure::Refused("`cargo metadata` names no workspace".to_owned())),
        }
    }

    /// The paths of all files under version control that exist, relative to the root, with `/` between folders.
    pub fn tracked_files(&self) -> Result<Vec<String>, Failure> {
        // A build machine may check the repository out as another user, which git refuses unless told.
        let listed = output(Command::new("git").current_dir(&self.root).args([
            "-c",
            "safe.directory=*",
            "ls-files",
            "-z",
        ]))?;
        let listed = String::from_utf8_lossy(&listed);
        let files = listed.split('\0').filter(|path| self.root.join(path).is_file());
        Ok(files.map(str::to_owned).collect())
    }

    /// Builds the server in its development profile and returns the path of the program.
    pub fn build_server(&self) -> Result<PathBuf, Failure> {
        // The whole workspace, because `-p kortti` would select other features and build dependencies twice.
        run(cargo().current_dir(&self.root).args(["build", "--workspace", "--bin", "kortti"]))?;
        Ok(self.target.join("debug").join("kortti"))
    }

    /// A folder below the build output, made if it is not there.
    pub fn scratch(&self, name: &str) -> Result<PathBuf, Failure> {
        let folder = self.target.join(name);
        fs::create_dir_all(&folder).map_err(|source| file_failure(&folder, source))?;
        Ok(folder)
    }
}

/// Writes a file.
pub fn write(path: &Path, content: &[u8]) -> Result<(), Failure> {
    fs::write(path, content).map_err(|source| file_failure(path, source))
}

/// Copies a file.
pub fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::copy(from, to).map(|_| ()).map_err(|source| file_failure(from, source))
}

/// The failure to use one file.
pub fn file_failure(path: &Path, source: std::io::Error) -> Failure {
    Failure::File { path: path.display().to_string(), source }
}
