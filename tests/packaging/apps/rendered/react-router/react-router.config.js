export default { basename: "/rendered-react-router", ssr: true };
