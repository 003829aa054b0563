/// Which screen is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord, Hash)]
pub enum Screen {
    /// The ten panes.
    #[default]
    Cockpit,
    /// One item.
    Item,
    /// The packages of an SBOM.
    Packages,
    /// What the scans found.
    Vulnerabilities,
    /// Blockers and plan.
    Blockers,
    /// Jobs and the log.
    Jobs,
    /// The finished audits that are kept.
    History,
    /// The report of a kept audit.
    Report,
    /// What moved between two kept audits.
    Diff,
    /// The guided way to production.
    GoLive,
    /// The keys.
    Help,
    /// The lines that would waive the focused item.
    Waiver,
    /// What works on this machine.
    Doctor,
    /// On call: what is under every tag, and what changed.
    Watch,
    /// What a dispatch is started with, over another screen.
    Dispatch,
    /// The choice of a theme, over another screen.
    Themes,
    /// The choice of a command, over another screen.
    Palette,
}

impl Screen {
    /// All of them, in the order of the help.
    pub const ALL: [Self; 17] = [
        Self::Cockpit,
        Self::Item,
        Self::Packages,
        Self::Vulnerabilities,
        Self::Blockers,
        Self::Jobs,
        Self::History,
        Self::Report,
        Self::Diff,
        Self::GoLive,
        Self::Help,
        Self::Waiver,
        Self::Doctor,
        Self::Watch,
        Self::Dispatch,
        Self::Themes,
        Self::Palette,
    ];

    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Cockpit => "Cockpit",
            Self::Item => "Item",
            Self::Packages => "Packages",
            Self::Vulnerabilities => "Vulnerabilities",
            Self::Blockers => "Blockers and plan",
            Self::Jobs => "Jobs",
            Self::History => "History",
            Self::Report => "Kept audit",
            Self::Diff => "Compare",
            Self::GoLive => "Go-live",
            Self::Help => "Keys",
            Self::Waiver => "Waiver",
            Self::Doctor => "Doctor",
            Self::Watch => "Watch",
            Self::Dispatch => "Start the workflow",
            Self::Themes => "Theme",
            Self::Palette => "Commands",
        }
    }

    /// Whether it stands over another screen, which stays in sight and takes no keys.
    pub fn is_overlay(self) -> bool {
        matches!(self, Self::Dispatch | Self::Themes | Self::Palette)
    }
}
